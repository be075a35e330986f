import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { ApiEnv } from '../context.ts';

/** Breaks the connection of a half-sent response. Returns false for a request without a socket, as in tests. */
export function breakConnection(c: Context<ApiEnv>): boolean {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  outgoing?.destroy();
  return outgoing !== undefined;
}
