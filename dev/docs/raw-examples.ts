import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that keeps good answers of each route; nothing is kept without it. */
const FOLDER = process.env.MIG_EXAMPLES_FOLDER;

/** Keeps a good answer of the route with this name, under a name with its size. */
export function keepExample(name: string, body: unknown): void {
  if (FOLDER === undefined) return;
  mkdirSync(FOLDER, { recursive: true });
  const text = JSON.stringify({ body });
  const file = join(FOLDER, `${name}.${text.length < 40_000 ? 'small' : 'large'}-${text.length}.json`);
  writeFileSync(file, text, { mode: 0o600 });
}
