import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The engine of module yara, as WebAssembly. */
export function scanEngine(): string {
  const library = createRequire(import.meta.url).resolve('@virustotal/yara-x');
  return join(dirname(library), 'yara_x_js_bg.wasm');
}

/** The thread of module yara is a program of its own: bundles it. Returns the packages that it has. */
export function bundleScanThread(outfile: string): string[] {
  const { metafile } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'modules', 'yara', 'scan-thread.js')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs);
}

/** An executable holds the thread and its engine as files. Writes the thread, and a source that names both. Returns what they are made of. */
export function writeScanThread(work: string): string[] {
  const sources = bundleScanThread(join(work, 'scan-thread.js'));
  const lines = [
    `import thread from './scan-thread.js' with { type: 'file' };`,
    `import engine from ${JSON.stringify(scanEngine())} with { type: 'file' };`,
    'globalThis.MIG_SCAN_THREAD = { thread, engine };',
  ];
  writeFileSync(join(work, 'scan-thread-files.ts'), `${lines.join('\n')}\n`, { mode: 0o600 });
  return sources;
}
