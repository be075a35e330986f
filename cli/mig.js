#!/usr/bin/env node
// Runs the TypeScript sources: `npx mig …`. They are translated once, into one file that is used until one of them
// changes. Where that cannot be kept, they are translated at every start, which takes two seconds more.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Checkouts may share their packages: each has a file of its own. */
const CHECKOUT = createHash('sha256').update(ROOT).digest('hex').slice(0, 16);
const TRANSLATED = join(ROOT, 'node_modules', '.cache', 'mig', `${CHECKOUT}.mjs`);
/** The first line tells what the rest was made of. */
const MADE_OF = '// made of ';

const file = isFresh() || (await translate()) ? pathToFileURL(TRANSLATED).href : undefined;
if (file === undefined) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(file ?? './main.ts');

function isFresh() {
  try {
    const [line = ''] = readFileSync(TRANSLATED, 'utf8').split('\n', 1);
    const sources = JSON.parse(line.slice(MADE_OF.length));
    return Object.entries(sources).every(([source, state]) => state === stateOf(source));
  } catch {
    return false;
  }
}

/** False when it cannot be made or kept. */
async function translate() {
  try {
    const { build } = await import('esbuild');
    const { metafile, outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['cli/main.ts'],
      outfile: TRANSLATED,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    const sources = Object.keys(metafile.inputs).map((source) => [source, stateOf(source)]);
    const text = `${MADE_OF}${JSON.stringify(Object.fromEntries(sources))}\n${outputFiles[0].text}`;
    mkdirSync(dirname(TRANSLATED), { recursive: true });
    const unfinished = `${TRANSLATED}.${process.pid}`;
    writeFileSync(unfinished, text);
    renameSync(unfinished, TRANSLATED);
    return true;
  } catch {
    return false;
  }
}

function stateOf(source) {
  const { mtimeMs, size } = statSync(join(ROOT, source));
  return `${mtimeMs} ${size}`;
}
