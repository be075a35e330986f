#!/usr/bin/env node
// Runs the TypeScript sources: `npx mig …`. They are bundled once into one file, which is used until a source changes.
// Where that file cannot be written, tsx translates the sources at every start.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'node_modules', '.cache', 'mig');
/** Checkouts may share node_modules, so each has its own bundle. */
const BUNDLE = join(FOLDER, `${sha256(ROOT).slice(0, 16)}.mjs`);
/** Begins the first line, which lists the sources, their digest, and the digest of the program below. */
const MADE_OF = '// made of ';
const MONTH_MS = 30 * 24 * 3_600_000;

// A bundle cannot tell where this file of the sources is.
globalThis.MIG_SCAN_THREAD = { thread: pathToFileURL(join(ROOT, 'modules', 'yara', 'scan-thread.js')) };

if (isFresh() || (await writeBundle())) {
  await import(pathToFileURL(BUNDLE).href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
}

function isFresh() {
  try {
    const text = readFileSync(BUNDLE, 'utf8');
    const end = text.indexOf('\n');
    const { sources, digest, program } = JSON.parse(text.slice(MADE_OF.length, end));
    return digestOf(sources) === digest && sha256(text.slice(end + 1)) === program;
  } catch {
    return false;
  }
}

/** Returns false when the bundle cannot be made or written. */
async function writeBundle() {
  try {
    mkdirSync(FOLDER, { recursive: true });
    removeOld();
    const startMs = Date.now();
    const { build } = await import('esbuild');
    const { metafile, outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['cli/main.ts'],
      outfile: BUNDLE,
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
    // A source edited during the build may be in the bundle in its old form.
    if (sources.some((source) => statSync(join(ROOT, source)).mtimeMs >= startMs)) return false;
    const unfinished = `${BUNDLE}.${process.pid}`;
    writeFileSync(unfinished, `${MADE_OF}${JSON.stringify(madeOf)}\n${program}`);
    renameSync(unfinished, BUNDLE);
    return true;
  } catch {
    return false;
  }
}

/** Removes what deleted checkouts and killed starts left behind. */
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
