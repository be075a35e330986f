import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import {
  LOADER_FILES,
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_FILES,
  MAX_UNPACKED_BYTES,
} from '../../contract/manifest.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { compress } from '../../platform/files/gzip.ts';
import { packTar } from '../../platform/files/pack-tar.ts';
import { readBoundedBytes, unreadable } from '../../platform/files/read-text.ts';
import { type ManifestFile, unpackManifest } from '../../platform/manifest/unpack-manifest.ts';

/** The content of a new manifest, in base64, and the files in it as the API will read them. */
export interface PackedManifest {
  content: string;
  files: ManifestFile[];
}

/** Reads the files of a folder, or a `.tar.gz` archive. Refuses what the API would refuse, by name. */
export async function readManifestFiles(path: string): Promise<PackedManifest> {
  try {
    const archive = isFolder(path) ? await packFolder(path) : readBoundedBytes(path, MAX_MANIFEST_BYTES);
    const content = archive.toString('base64');
    return { content, files: await unpackManifest(content) };
  } catch (cause) {
    if (!(cause instanceof MigError)) throw cause;
    const text = errorMessage(cause);
    throw new MigError('usage', text.startsWith(path) ? text : `${path}: ${text}`, { cause });
  }
}

/** A sentence for each file that no loader installs, with the name that was probably meant. */
export function unknownFiles(files: readonly { name: string }[]): string[] {
  return files
    .filter(({ name }) => !LOADER_FILES.includes(name))
    .map(({ name }) => `no loader installs a file named ${name}${didYouMean(name, LOADER_FILES)}`);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function packFolder(folder: string): Promise<Buffer> {
  const names = readdirSync(folder).sort();
  if (names.length > MAX_MANIFEST_FILES)
    throw new MigError('parameter_invalid', `more than ${MAX_MANIFEST_FILES} files`);
  let left = MAX_UNPACKED_BYTES;
  const files = names.map((name) => {
    const path = join(folder, name);
    if (isFolder(path))
      throw new MigError('parameter_invalid', `${name} is a folder: loaders know files by their names alone`);
    const data = readBoundedBytes(path, left);
    left -= data.length;
    return { name, data };
  });
  return compress(packTar(files));
}
