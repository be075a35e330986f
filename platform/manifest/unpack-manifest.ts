import { createHash } from 'node:crypto';
import { MigError } from '../../contract/errors.ts';
import { MAX_MANIFEST_FILES, MAX_UNPACKED_BYTES } from '../../contract/manifest.ts';
import type { ManifestEntry } from '../../contract/rules/manifest.ts';
import { compress, uncompress } from '../files/gzip.ts';
import { type ArchivedFile, readTar } from '../files/tar.ts';

/** A file of a manifest; `data` is compressed, as loaders get it, and `size` is that of the whole file. */
export type ManifestFile = ManifestEntry & { data: Buffer; size: number };

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** As a file name on every platform, and the same in every JSON encoder. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** The files in the content of a manifest. Throws `parameter_invalid` or `body_too_large`. */
export async function unpackManifest(content: string): Promise<ManifestFile[]> {
  const text = content.replace(/[\r\n]+/g, '');
  if (text.length % 4 !== 0 || !BASE64.test(text)) throw refused('not base64');
  const archived = await unpack(Buffer.from(text, 'base64'));
  checkFiles(archived);
  const files: ManifestFile[] = [];
  for (const { name, data } of archived) {
    const sha256 = createHash('sha256').update(data).digest('hex');
    files.push({ name, sha256, size: data.length, data: await compress(data) });
  }
  return files;
}

async function unpack(archive: Buffer): Promise<ArchivedFile[]> {
  try {
    return readTar(await uncompress(archive, MAX_UNPACKED_BYTES));
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError(error.code, `manifest content: ${error.message}`, { cause: error });
  }
}

/** A loader finds a file by its name alone, so that no two may have the same. */
function checkFiles(files: readonly ArchivedFile[]): void {
  if (files.length === 0) throw refused('the archive has no file');
  if (files.length > MAX_MANIFEST_FILES) throw refused(`more than ${MAX_MANIFEST_FILES} files`);
  const names = new Set<string>();
  for (const { name } of files) {
    if (!FILE_NAME.test(name)) {
      throw refused(
        `the name ${JSON.stringify(name.slice(0, 64))} has other than letters, digits, ., _ and -`,
      );
    }
    if (names.has(name)) throw refused(`two files are named ${name}`);
    names.add(name);
  }
}

function refused(why: string): MigError {
  return new MigError('parameter_invalid', `manifest content: ${why}`);
}
