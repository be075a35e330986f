import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Inputs that once failed or are known to be hard, in a folder for each parser. */
export const SEEDS = fileURLToPath(new URL('seeds', import.meta.url));

export interface Kept {
  file: string;
  input: Buffer;
}

export function readKept(folder: string, parser: string): Kept[] {
  const path = join(folder, parser);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => ({ file: join(path, name), input: readFileSync(join(path, name)) }));
}

/** Writes an input under its digest, so that it is kept only once. Returns its file. */
export function keep(folder: string, parser: string, input: Buffer): string {
  const path = join(folder, parser);
  mkdirSync(path, { recursive: true });
  const file = join(path, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(file, input);
  return file;
}
