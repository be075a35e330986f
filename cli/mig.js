#!/usr/bin/env node
// Runs the TypeScript sources: `npx mig …`. They are translated once, into one file that is used until one of them
// changes. Where that file cannot be kept, they are translated at every start.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules', '.cache', 'mig');
/** Checkouts may share their packages: each has a file of its own. */
const TRANSLATED = join(FOLDER, `${sha256(ROOT).slice(0, 16)}.mjs`);
/** The first line holds the names of the sources, and digests of their contents and of the rest of the file. */
const MADE_OF = '// made of ';
const MONTH_MS = 30 * 24 * 3_600_000;

const file = isFresh() || (await translate()) ? pathToFileURL(TRANSLATED).href : undefined;
if (file === undefined) {
  const { register } = await import('tsx/esm/api');
  register();
}
await import(file ?? './main.ts');

function isFresh() {
  try {
    const text = readFileSync(TRANSLATED, 'utf8');
    const end = text.indexOf('\n');
    const { sources, digest, program } = JSON.parse(text.slice(MADE_OF.length, end));
    return digestOf(sources) === digest && sha256(text.slice(end + 1)) === program;
  } catch {
    return false;
  }
}

/** False when it cannot be made or kept. */
async function translate() {
  try {
    mkdirSync(FOLDER, { recursive: true });
    removeOld();
    const began = Date.now();
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
    const sources = Object.keys(metafile.inputs);
    const program = outputFiles[0].text;
    const madeOf = { sources, digest: digestOf(sources), program: sha256(program) };
    // What was edited meanwhile may have been read before or after.
    if (sources.some((source) => statSync(join(ROOT, source)).mtimeMs >= began)) return false;
    const unfinished = `${TRANSLATED}.${process.pid}`;
    writeFileSync(unfinished, `${MADE_OF}${JSON.stringify(madeOf)}\n${program}`);
    renameSync(unfinished, TRANSLATED);
    return true;
  } catch {
    return false;
  }
}

/** What checkouts that are gone, and starts that were killed, left behind. */
function removeOld() {
  for (const name of readdirSync(FOLDER)) {
    const path = join(FOLDER, name);
    if (statSync(path).mtimeMs < Date.now() - MONTH_MS) rmSync(path, { force: true });
  }
}

function digestOf(sources) {
  return sha256(JSON.stringify(sources.map((source) => [source, sha256(readFileSync(join(ROOT, source)))])));
}

function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
