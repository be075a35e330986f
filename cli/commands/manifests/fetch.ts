import { existsSync } from 'node:fs';
import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadManifest } from '../../manifest/load-manifest.ts';
import { saveArchive } from '../../manifest/save-archive.ts';
import { openSession } from '../../session.ts';

/** `mig manifests fetch <manifest> <file>`: saves the archive. */
export async function fetchManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words, isOn } = parseCommandLine(args, {
    usage: USAGES['manifests fetch'],
    flags: { overwrite: 'boolean' },
    words: [2, 2],
  });
  const [word = '', file = ''] = words;
  const mayReplace = isOn('overwrite');
  if (existsSync(file) && !mayReplace) throw new MigError('usage', `${file} exists: -overwrite replaces it`);
  const session = await openSession(options);
  saveArchive(session, await loadManifest(session.api, word), { file, mayReplace });
  return EXIT.ok;
}
