import { MigError } from '../../../contract/errors.ts';
import { MAX_MANIFEST_BYTES } from '../../../contract/manifest.ts';
import { findNamed } from '../../api/find-record.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { fileLines } from '../../manifest/manifest-lines.ts';
import { readManifestFiles, unknownFiles } from '../../manifest/read-files.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { noteMatchingLoaders } from './loaders.ts';

/** `mig manifests create <name>`: uploads files for loaders, which nobody gets before they are signed. */
export async function createManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['manifests create'],
    flags: { from: 'string' },
    allowed: ['t', 'y', 'json'],
    words: [1, 1],
  });
  const { target } = options;
  const from = value('from');
  if (target === undefined || target === 'local' || from === undefined)
    throw new MigError(
      'usage',
      `a manifest needs a condition over loaders and its files: -t "loadername='web1'" -from ./release; ${USAGES['manifests create']}`,
    );
  const name = checkedRecordName('manifest', words[0]);
  const { content, files } = await readManifestFiles(from);
  const manifest = JSON.stringify({ name, target, content, status: 'staged' });
  requireRoom(manifest);
  const session = await openSession(options);
  const { api, output } = session;
  await refuseTaken(api, name);
  output.note(`name    ${name}`);
  output.note(`target  ${target}`);
  for (const line of fileLines(files)) output.note(`  ${line}`);
  for (const line of unknownFiles(files)) output.note(line);
  if (!(await confirm('upload this manifest?', options))) return EXIT.cancelled;
  await api.post('manifest/new/', { manifest });
  // MIG's API answers without the id.
  const id = Math.max(...(await findNamed(api, 'manifest', name)));
  if (options.json) output.json(JSON.stringify({ id, name, target, status: 'staged' }));
  else output.answer(`manifest ${id} created: ${name}`, 'bold');
  await noteMatchingLoaders(session, id);
  output.note(`no loader gets it until enough have signed: mig manifests sign ${id}`);
  return EXIT.ok;
}

function requireRoom(manifest: string): void {
  const bytes = Buffer.byteLength(new URLSearchParams({ manifest }).toString());
  if (bytes > MAX_MANIFEST_BYTES)
    throw new MigError(
      'usage',
      `the manifest would be sent in ${bytes} bytes, over ${MAX_MANIFEST_BYTES}: make the files smaller`,
    );
}

/** Commands find a manifest by its name. */
async function refuseTaken(api: Parameters<typeof findNamed>[0], name: string): Promise<void> {
  const [id] = await findNamed(api, 'manifest', name);
  if (id !== undefined)
    throw new MigError(
      'conflict',
      `manifest ${id} is named ${JSON.stringify(name)} already: choose another name`,
    );
}
