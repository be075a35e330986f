import { writeFileSync } from 'node:fs';
import { countOf } from '../../contract/text/count-of.ts';
import { unreadable } from '../../platform/files/read-text.ts';
import type { CliSession } from '../session.ts';
import type { LoadedManifest } from './load-manifest.ts';

/** Saves the archive of a manifest. It may have private keys, so only its owner may read it. */
export function saveArchive(
  { output }: Pick<CliSession, 'output'>,
  { manifest, files }: LoadedManifest,
  { file, mayReplace }: { file: string; mayReplace: boolean },
): void {
  const archive = Buffer.from(manifest.content ?? '', 'base64');
  try {
    writeFileSync(file, archive, { mode: 0o600, flag: mayReplace ? 'w' : 'wx' });
  } catch (cause) {
    throw unreadable(file, cause, 'usage');
  }
  output.note(
    `wrote ${file}: ${countOf(files.length, 'file')} of manifest ${manifest.id}, ${archive.length} bytes`,
  );
}
