import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../../contract/errors.ts';
import { parseLoaderKey } from '../../contract/rules/secret-key.ts';
import { type LoaderRow, loaderByPrefix } from '../../platform/postgres/queries/loaders.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { LOADER_KEY_HEADER } from '../http/caller.ts';
import { receiveBody } from '../http/receive-body.ts';
import { clientAddress } from '../limits/client-address.ts';
import { isKeyOf, pretendToCompare } from './secret-key.ts';

/** Admits requests of enabled loaders (spec/acl.md#loader-keys), whose bodies have at most `maxBodyBytes`. */
export function requireLoader(deps: ApiDeps, maxBodyBytes: number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('loader', await authenticateLoader(deps, c));
    await receiveBody(c, {
      maxBytes: maxBodyBytes,
      timeoutMs: deps.config.requestTimeoutMs,
      budget: deps.admission.publicBodies,
    });
    await deps.admission.loaders.run(next);
  });
}

/** A wrong prefix, a wrong key and a disabled loader are refused alike, and take as long. */
async function authenticateLoader(deps: ApiDeps, c: Context<ApiEnv>): Promise<LoaderRow> {
  const header = c.req.header(LOADER_KEY_HEADER);
  if (header === undefined) throw new MigError('unauthorized', `${LOADER_KEY_HEADER} header not found`);
  return deps.admission.checkLoaderKey(clientAddress(deps.config, c), async () => {
    const loader = await findLoader(deps, header);
    if (loader) return loader;
    throw new MigError('unauthorized', 'Loader authorization failed');
  });
}

async function findLoader({ pool }: ApiDeps, header: string): Promise<LoaderRow | undefined> {
  const key = parseLoaderKey(header);
  if (!key) return undefined;
  const found = await loaderByPrefix(pool, key.prefix);
  if (!found) {
    await pretendToCompare(key.secret);
    return undefined;
  }
  const { hash, salt, ...loader } = found;
  return (await isKeyOf(key.secret, { hash, salt })) ? loader : undefined;
}
