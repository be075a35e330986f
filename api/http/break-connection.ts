import type { ServerResponse } from 'node:http';
import type { Context } from 'hono';
import type { ApiEnv } from '../context.ts';

/**
 * Breaks the connection under an answer, so that nobody takes half of it for the whole. False where there is none, as
 * for a request that did not come over a socket.
 */
export function breakConnection(c: Context<ApiEnv>): boolean {
  const { outgoing } = (c.env ?? {}) as { outgoing?: ServerResponse };
  outgoing?.destroy();
  return outgoing !== undefined;
}
