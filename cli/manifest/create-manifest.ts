import { createManifest as createRoute } from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import { MAX_MANIFEST_BYTES } from '../../contract/manifest.ts';
import { findNamed } from '../api/find-record.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { fileLines } from './manifest-lines.ts';
import { noteMatchingLoaders } from './matching-loaders.ts';
import { type PackedManifest, unknownFiles } from './read-files.ts';

interface NewManifest extends PackedManifest {
  name: string;
  target: string;
}

/** Uploads files for loaders after a question. Nobody gets them before they are signed. Returns the exit code. */
export async function createManifest(
  session: CliSession,
  { name, target, content, files }: NewManifest,
): Promise<number> {
  const { api, output, options } = session;
  const manifest = { name, target, content, status: 'staged' } as const;

  requireRoom(manifest);
  await refuseTaken(api, name);
  output.note(`name    ${name}`);
  output.note(`target  ${target}`);
  for (const line of fileLines(files)) output.note(`  ${line}`);
  for (const line of unknownFiles(files)) output.note(line);
  if (!(await confirm('upload this manifest?', session))) return EXIT.cancelled;
  await api.call(createRoute, { manifest });
  // MIG's API answers without the id.
  const id = Math.max(...(await findNamed(api, 'manifest', name)).map((found) => found.id));
  if (options.json) output.json(JSON.stringify({ id, name, target, status: 'staged' }));
  else output.answer(`manifest ${id} created: ${name}`, 'bold');
  await noteMatchingLoaders(session, id);
  output.note(`no loader gets it until enough have signed: mig manifests sign ${id}`);
  return EXIT.ok;
}

function requireRoom(manifest: object): void {
  const form = new URLSearchParams({ manifest: JSON.stringify(manifest) });
  const bytes = Buffer.byteLength(form.toString());
  if (bytes > MAX_MANIFEST_BYTES)
    throw new MigError(
      'usage',
      `the manifest would be sent in ${bytes} bytes, over ${MAX_MANIFEST_BYTES}: make the files smaller`,
    );
}

/** Commands find a manifest by its name. */
async function refuseTaken(api: Parameters<typeof findNamed>[0], name: string): Promise<void> {
  const [taken] = await findNamed(api, 'manifest', name);
  if (taken !== undefined)
    throw new MigError(
      'conflict',
      `manifest ${taken.id} is named ${JSON.stringify(name)} already: choose another name`,
    );
}
