import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAnswer } from '../../dev/api-caller.ts';
import { makeTarGzip } from '../setup/tar-archive.ts';
import type { Rig } from './rig.ts';

/** The files of each manifest, by their paths in the archive. */
export const MANIFEST_FILES: ReadonlyMap<string, Buffer> = new Map([
  ['mig-agent', Buffer.alloc(70_000, 'agent')],
  ['configuration', Buffer.from('[agent]\n')],
]);

/** A name that no other check uses. */
export function newName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Creates an investigator without a key, for a check that changes one. Returns the id. */
export async function newInvestigator({ testbed }: Rig): Promise<number> {
  const form = new FormData();
  form.set('name', newName('investigator'));
  form.set('permissions', '{"search":true}');
  const answer = await testbed.api.send('/investigator/create/', { method: 'POST', body: form });
  return firstValue(answer).id;
}

/** Creates a loader, which is disabled at first. Returns the id. */
export async function newLoader({ testbed }: Rig): Promise<number> {
  const loader = JSON.stringify({ name: newName('loader') });
  return firstValue(await testbed.api.form('/loader/new/', { loader })).id;
}

/** Stages a manifest. Returns the id. */
export async function newManifest({ testbed }: Rig): Promise<number> {
  const name = newName('manifest');
  const content = makeTarGzip(MANIFEST_FILES).toString('base64');
  const manifest = JSON.stringify({ name, target: `name='nobody'`, content, status: 'staged' });
  const answer = await testbed.api.form('/manifest/new/', { manifest });
  if (answer.status !== 201) throw new Error(`POST /manifest/new/ answered ${answer.status}: ${answer.text}`);
  return firstValue(await testbed.api.get(`/search?type=manifest&manifestname=${name}`)).id;
}

/** Writes the archive of a manifest as a file. Returns its path. */
export function writeArchive({ folder }: Rig): string {
  const path = join(folder, `${newName('archive')}.tar.gz`);
  writeFileSync(path, makeTarGzip(MANIFEST_FILES));
  return path;
}

function firstValue(answer: ApiAnswer): { id: number } {
  const value = answer.body?.collection?.items?.[0]?.data?.[0]?.value;
  if (value === undefined) throw new Error(`the API answered ${answer.status}: ${answer.text}`);
  return value;
}
