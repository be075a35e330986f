import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { createManifest } from '../../manifest/create-manifest.ts';
import { readManifestFiles } from '../../manifest/read-files.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import { openSession } from '../../session.ts';

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
  return createManifest(await openSession(options), { name, target, content, files });
}
