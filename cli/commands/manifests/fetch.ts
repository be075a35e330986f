import { existsSync, writeFileSync } from 'node:fs';
import { MigError } from '../../../contract/errors.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { unreadable } from '../../../platform/files/read-text.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadManifest } from '../../manifest/load-manifest.ts';
import { openSession } from '../../session.ts';

/** `mig manifests fetch <manifest> <file>`: saves the archive. It may have private keys, so only its owner may read it. */
export async function fetchManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words, isOn } = parseCommandLine(args, {
    usage: USAGES['manifests fetch'],
    flags: { overwrite: 'boolean' },
    words: [2, 2],
  });
  const [word = '', file = ''] = words;
  if (existsSync(file) && !isOn('overwrite'))
    throw new MigError('usage', `${file} exists: -overwrite replaces it`);
  const { api, output } = await openSession(options);
  const { manifest, files } = await loadManifest(api, word);
  const archive = Buffer.from(manifest.content ?? '', 'base64');
  try {
    writeFileSync(file, archive, { mode: 0o600, flag: isOn('overwrite') ? 'w' : 'wx' });
  } catch (cause) {
    throw unreadable(file, cause, 'usage');
  }
  output.note(
    `wrote ${file}: ${countOf(files.length, 'file')} of manifest ${manifest.id}, ${archive.length} bytes`,
  );
  return EXIT.ok;
}
