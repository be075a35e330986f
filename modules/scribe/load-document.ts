import { readFileSync, statSync } from 'node:fs';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseYaml } from './parse-yaml.ts';

const MIN_BYTES = 10;
const MAX_BYTES = 16 * 1024 ** 2;

/** Reads the policy that an investigator wrote, as JSON or YAML. Throws MigError('usage') with the name of the file. */
export function loadDocument(path: string): unknown {
  try {
    return parseDocument(readDocument(path));
  } catch (cause) {
    throw new MigError('usage', `${path}: ${errorMessage(cause)}`, { cause });
  }
}

function readDocument(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new MigError('usage', `has ${size} bytes, over ${MAX_BYTES}`);
  return readFileSync(path, 'utf8');
}

/** JSON begins with a brace or bracket; everything else is YAML. */
export function parseDocument(text: string): unknown {
  const bytes = Buffer.byteLength(text);
  if (bytes < MIN_BYTES)
    throw new MigError('usage', `the document is too small to be valid (${bytes} bytes)`);
  return /^\s*[{[]/.test(text) ? JSON.parse(text) : parseYaml(text);
}
