import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { TOKEN_HEADER } from '../http/caller.ts';
import { clientAddress } from '../limits/client-address.ts';
import { checkTokenTime, parseToken, type Token, tokenRefused } from './token.ts';

export interface VerifiedToken extends Token {
  investigator: InvestigatorRow;
}

/** Verifies the token of a request: its form, its time, its signature, and that its signer is an active investigator. */
export async function verifyToken(deps: ApiDeps, c: Context<ApiEnv>): Promise<VerifiedToken> {
  const header = c.req.header(TOKEN_HEADER);
  if (header === undefined) throw new MigError('unauthorized', 'Valid authentication header not found');
  const token = parseToken(header);
  checkTokenTime(token, { nowMs: deps.now(), windowMs: deps.config.tokenDurationMs });
  const address = clientAddress(deps.config, c);
  const investigator = await deps.admission.checkToken(address, () => findSigner(deps, token));
  return { ...token, investigator };
}

async function findSigner({ loadKeyring, now }: ApiDeps, token: Token): Promise<InvestigatorRow> {
  const { keyring, investigators } = await loadKeyring();
  const options = { keyring, nowMs: now() };
  const fingerprint = await verifySignature([`${token.head}\n`], token.signature, options).catch(
    (error: unknown) => {
      throw error instanceof MigError ? tokenRefused(error.message) : error;
    },
  );
  const investigator = investigators.find(({ pgpfingerprint }) => pgpfingerprint === fingerprint);
  if (!investigator) throw tokenRefused('signer is not an active investigator');
  return investigator;
}
