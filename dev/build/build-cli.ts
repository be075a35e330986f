import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunPackage } from './bundled/bun-runtime.ts';
import { type BundledPackage, bundledPackages } from './bundled/bundled-packages.ts';
import { compileExecutable } from './compile-executable.ts';
import { writeScanThread } from './scan-thread.ts';
import type { Target } from './targets.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles `mig` into one executable for a target. Returns the packages of others that it contains. */
export function buildCli(target: Target, outfile: string): BundledPackage[] {
  mkdirSync(dirname(outfile), { recursive: true });
  const work = mkdtempSync(`${outfile}.`);
  try {
    const entry = join(work, 'mig.ts');
    const ofThread = writeScanThread(work);
    // What is imported statically runs before the assignments, and would not find them.
    const lines = [
      `import './scan-thread-files.ts';`,
      `await import(${JSON.stringify(join(ROOT, 'cli', 'main.ts'))});`,
    ];
    writeFileSync(entry, `${lines.join('\n')}\n`);
    const built = join(work, basename(outfile));
    const sources = compileExecutable({ entry, target, outfile: built });
    chmodSync(built, 0o755);
    renameSync(built, outfile);
    return [...bundledPackages([...sources, ...ofThread]), bunPackage(target)];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
