import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { type PresentedKey, parseApiKey, SECRET_KEY_LENGTH } from '../../contract/rules/secret-key.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { investigatorsByKeyPrefix, setApiKey } from '../../platform/postgres/queries/api-keys.ts';
import type { CallerRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { API_KEY_HEADER } from '../http/caller.ts';
import { clientAddress } from '../limits/client-address.ts';
import { createSecretText, hashSecret, isKeyOf, pretendToCompare } from './secret-key.ts';

const REFUSED = "Authorization verification failed with error 'API key authentication failed'";

/** The active investigator with the API key of the request (spec/acl.md#api-keys). All refusals are alike. */
export async function investigatorOfApiKey(deps: ApiDeps, c: Context<ApiEnv>): Promise<CallerRow> {
  const key = parseApiKey(c.req.header(API_KEY_HEADER) ?? '');
  return deps.admission.checkToken(clientAddress(deps.config, c), async () => {
    const investigator = key && (await findOwner(deps, key));
    if (investigator) return investigator;
    throw new MigError('unauthorized', REFUSED);
  });
}

async function findOwner({ pool }: ApiDeps, { prefix, secret }: PresentedKey) {
  const candidates = await investigatorsByKeyPrefix(pool, prefix);
  if (candidates.length === 0) await pretendToCompare(secret);
  for (const { hash, salt, ...investigator } of candidates) {
    if (await isKeyOf(secret, { hash, salt })) return investigator;
  }
  return undefined;
}

/** Makes a new API key for an investigator, or removes it. Returns the new key, which is stored as a hash only. */
export async function changeApiKey(
  db: Queryable,
  id: number,
  wanted: 'active' | 'disabled',
): Promise<string | undefined> {
  if (wanted === 'disabled') {
    await setApiKey(db, id, undefined);
    return undefined;
  }
  const key = createSecretText(SECRET_KEY_LENGTH);
  const { prefix, secret } = presented(key);
  await setApiKey(db, id, { prefix, ...(await hashSecret(secret)) });
  return key;
}

function presented(key: string): PresentedKey {
  const parsed = parseApiKey(key);
  if (!parsed) throw new MigError('internal', 'the new key has another form than keys have');
  return parsed;
}
