import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestText } from '../../contract/rules/manifest.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { type ApiCase, type ApiRequest, form, makeMany, nextSerial, recordOf } from './api-case.ts';
import { type CaseRig, makeInvestigators } from './case-rig.ts';
import { read } from './read-cases.ts';

const FILE = { name: 'mig-agent', data: Buffer.alloc(10_000, 'agent') };
const TEXT = manifestText([
  { name: FILE.name, sha256: createHash('sha256').update(FILE.data).digest('hex') },
]);

export async function manifestCases(rig: CaseRig): Promise<ApiCase[]> {
  const { testbed, api } = rig;
  const content = packFile(testbed.home);
  const newManifest = (name = `bench-${nextSerial()}`) => ({
    manifest: JSON.stringify({ name, target: `loadername='${name}'`, content, status: 'staged' }),
  });
  const make = async (name = `bench-${nextSerial()}`) => {
    recordOf(await api.form('/manifest/new/', newManifest(name)));
    const { id } = await readRow<{ id: string }>(testbed.db, {
      text: 'SELECT id::text FROM manifests WHERE name = $1',
      values: [name],
    });
    return id;
  };
  const id = await make('bench');
  const loader = await makeLoaderRequest(rig, id);
  return [
    read('search', 'manifests', '/search?type=manifest&limit=37'),
    read('getManifest', 'one manifest', `/manifest?manifestid=${id}`),
    read('listManifestLoaders', 'loaders of a manifest', `/manifest/loaders/?manifestid=${id}`),
    { route: 'locateManifest', what: 'the manifest of a loader', request: loader('/manifest/agent/', '') },
    {
      route: 'fetchManifestFile',
      what: 'a file of 10 kB for a loader',
      request: loader('/manifest/fetch/', FILE.name),
    },
    {
      route: 'createManifest',
      what: 'create a manifest',
      prepare: (count) => makeMany(count, async () => form('/manifest/new/', newManifest())),
    },
    {
      route: 'signManifest',
      what: 'sign a manifest',
      prepare: (count) =>
        makeInTurn(count, async () =>
          form('/manifest/sign/', { manifestid: await make(), signature: await signText(TEXT, api.key) }),
        ),
    },
    {
      route: 'setManifestStatus',
      what: 'disable a manifest',
      prepare: (count) =>
        makeInTurn(count, async () =>
          form('/manifest/status/', { manifestid: await make(), status: 'disabled' }),
        ),
    },
  ];
}

async function makeInTurn<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) made.push(await make());
  return made;
}

/** Signs the manifest twice and enables its loader. Returns the requests of that loader. */
async function makeLoaderRequest(
  rig: CaseRig,
  manifestid: string,
): Promise<(path: string, object: string) => ApiRequest> {
  const { api } = rig;
  const [other] = await makeInvestigators(rig, 1);
  for (const by of [api, other?.caller ?? api]) {
    recordOf(await by.form('/manifest/sign/', { manifestid, signature: await signText(TEXT, by.key) }));
  }
  const { id, prefix, key } = recordOf(
    await api.form('/loader/new/', { loader: JSON.stringify({ name: 'bench' }) }),
  );
  recordOf(await api.form('/loader/status/', { loaderid: String(id), status: 'enabled' }));
  const environment = { os: 'linux', ident: 'Debian', isproxied: false, aws: {} };
  const agent = { name: 'bench', queueloc: '', mode: '', environment, tags: {} };
  return (path, object) =>
    form(path, { parameters: JSON.stringify({ agent, object }) }, { 'X-LOADERKEY': prefix + key });
}

/** A manifest's archive with one file, as base64. */
function packFile(home: string): string {
  const folder = join(home, 'manifest');
  mkdirSync(folder);
  writeFileSync(join(folder, FILE.name), FILE.data);
  return execFileSync('tar', ['-C', folder, '--format=ustar', '-cz', '--', FILE.name]).toString('base64');
}
