import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { manifestText } from '../../contract/rules/manifest.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { openPlatform, type Platform } from './platform.ts';
import { makeTarGzip } from './tar-archive.ts';

/** The permission `manifest_sign` as a mask. */
export const MANIFEST_SIGN = 4096;
export const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['opt/mig-agent', Buffer.alloc(10_000, 'agent')],
  ['configuration', Buffer.from('[agent]\nrelay = "amqps://relay"\n')],
  ['empty', Buffer.alloc(0)],
]);
export const ENTRIES = [...FILES].map(([path, data]) => ({
  name: path.replace(/^.*\//, ''),
  sha256: createHash('sha256').update(data).digest('hex'),
}));
/** What investigators sign of a manifest with these files. */
export const TEXT = manifestText(ENTRIES);
export const NO_MANIFEST = {
  status: 404,
  code: 'not_found',
  message: 'Unable to locate valid manifest for this loader entry',
};

export interface Loader {
  id: number;
  name: string;
  /** The prefix and the key. */
  key: string;
}

/** A platform with two investigators who may sign manifests, and calls of both and of loaders. */
export type LoaderRig = Awaited<ReturnType<typeof openLoaderRig>>;

export async function openLoaderRig({ worker = false }: { worker?: boolean } = {}) {
  const platform = await openPlatform({ worker });
  const john = await createApiCaller(platform.apiUrl, platform.people.john);
  await allowToSign(platform);
  return { platform, ...createLoaderCalls({ apiUrl: platform.apiUrl, api: platform.api, john }) };
}

/** Bob may sign anyway. */
export async function allowToSign({ pool, people }: Pick<Platform, 'pool' | 'people'>): Promise<void> {
  await pool.query('UPDATE investigators SET permissions = permissions | $1 WHERE pgpfingerprint = $2', [
    MANIFEST_SIGN,
    people.john.fingerprint,
  ]);
}

/** Calls of investigators and loaders. `api` has every permission, `john` may sign manifests. */
export type LoaderCalls = ReturnType<typeof createLoaderCalls>;

export function createLoaderCalls({
  apiUrl,
  api,
  john,
}: {
  apiUrl: string;
  api: ApiCaller;
  john: ApiCaller;
}) {
  // The calls of several sites may be to one platform.
  const site = randomUUID().slice(0, 8);
  let serial = 0;

  const addManifest = async (target: string, files = FILES): Promise<number> => {
    const manifest = {
      name: `manifest-${site}-${serial++}`,
      target,
      content: makeTarGzip(files).toString('base64'),
    };
    const text = JSON.stringify({ ...manifest, status: 'staged' });
    const answer = await api.form('/manifest/new/', { manifest: text });
    const { items } = answer.body.collection;
    expect({ status: answer.status, items }, answer.text).toEqual({ status: 201 });
    return firstValue(await api.get(`/search?type=manifest&manifestname=${manifest.name}`)).id;
  };
  const sign = async (id: number, by: ApiCaller, signature?: string) =>
    by.form('/manifest/sign/', {
      manifestid: String(id),
      signature: signature ?? (await signText(TEXT, by.key)),
    });
  const asLoader = createLoaderCaller(apiUrl);

  return {
    api,
    john,
    addManifest,
    sign,
    asLoader,
    /** Adds a loader, and enables it. */
    async addLoader(fields: Record<string, unknown> = {}): Promise<Loader> {
      const name = `loader-${site}-${serial++}`;
      const created = await api.form('/loader/new/', { loader: JSON.stringify({ name, ...fields }) });
      expect(created.status, created.text).toBe(201);
      const { id, prefix, key } = firstValue(created);
      const enabled = await api.form('/loader/status/', { loaderid: String(id), status: 'enabled' });
      expect(enabled.status, enabled.text).toBe(200);
      return { id, name, key: prefix + key };
    },
    /** Adds a manifest that both have signed. */
    async addActive(target: string): Promise<number> {
      const id = await addManifest(target);
      for (const by of [api, john]) expect((await sign(id, by)).status).toBe(200);
      return id;
    },
    setStatus: (id: number, status: string) =>
      api.form('/manifest/status/', { manifestid: String(id), status }),
    statusOf: async (id: number) => firstValue(await api.get(`/manifest?manifestid=${id}`)).status,
    getManifest: ({ key, name }: Loader, tags = {}) =>
      asLoader(key, '/manifest/agent/', { agent: machine(name, tags), object: '' }),
  };
}

/** Asks as a loader does, with the JSON that MIG's loader sends. */
function createLoaderCaller(apiUrl: string) {
  return async (
    key: string | undefined,
    path: string,
    parameters: unknown,
  ): Promise<Pick<ApiAnswer, 'status' | 'body'>> => {
    const text = typeof parameters === 'string' ? parameters : JSON.stringify(parameters);
    const response = await fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        ...(key === undefined ? {} : { 'X-LOADERKEY': key }),
      },
      body: new URLSearchParams({ parameters: text }),
    });
    return { status: response.status, body: await response.json() };
  };
}

/** The agent in a loader's request. */
export const machine = (name: string, tags: Record<string, string> = {}) => ({
  name,
  queueloc: '',
  mode: '',
  environment: { os: 'linux', ident: 'Debian', isproxied: false, aws: {} },
  tags,
});

export const firstValue = (answer: Pick<ApiAnswer, 'body'>) => answer.body.collection.items[0].data[0].value;

export const errorOf = ({ status, body }: Pick<ApiAnswer, 'status' | 'body'>) => ({
  status,
  code: body.collection.error.code,
  message: body.collection.error.message,
});
