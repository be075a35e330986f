import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { requireSameFiles } from '../../manifest/compare-files.ts';
import { loadManifest } from '../../manifest/load-manifest.ts';
import { readManifestFiles } from '../../manifest/read-files.ts';
import { signManifest } from '../../manifest/sign-manifest.ts';
import { openSession } from '../../session.ts';

/** `mig manifests sign <manifest>`: shows what loaders would install, and adds the investigator's signature. */
export async function signManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['manifests sign'],
    flags: { from: 'string' },
    allowed: ['y'],
    words: [1, 1],
  });
  const from = value('from');
  const own = from === undefined ? undefined : await readManifestFiles(from);
  const session = await openSession(options);
  const loaded = await loadManifest(session.api, words[0] ?? '');
  if (own !== undefined && loaded.manifest.status !== 'disabled') requireSameFiles(loaded.files, own.files);
  return signManifest(session, loaded);
}
