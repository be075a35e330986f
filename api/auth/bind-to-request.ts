import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { bindToken } from '../../platform/postgres/queries/sessions.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { tokenRefused } from './token.ts';
import type { VerifiedToken } from './verify-token.ts';

/** The clocks of API and database may differ. */
const EXTRA_VALIDITY_MS = 60_000;

/**
 * Binds a token to its first request, if so configured. The token is identified by its signed text, not by the header:
 * one signature can be encoded in several ways.
 */
export async function bindToRequest(
  { pool, config }: ApiDeps,
  c: Context<ApiEnv>,
  token: VerifiedToken,
): Promise<void> {
  if (config.tokenBinding === 'none') return;
  const { pathname, search } = new URL(c.req.url);
  const body = sha256(c.get('body') ?? '').toString('hex');
  const isFirst = await bindToken(pool, {
    token: sha256(`${token.investigator.pgpfingerprint}\n${token.head}`),
    request: sha256(`${c.req.method}\n${pathname}${search}\n${body}`),
    expiresMs: token.timeMs + config.tokenDurationMs + EXTRA_VALIDITY_MS,
  });
  if (!isFirst) throw tokenRefused('token was used for another request');
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
