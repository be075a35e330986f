import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { nativeName, selectTarget, type Target } from './targets.ts';

export const BUN_VERSION = '1.4.5';

/** The compiler that runs here: the runtime of this machine. */
export function bunCompiler(): string {
  return bunRuntime(selectTarget(nativeName()));
}

/**
 * Returns the runtime that goes into an executable of the target. It comes from the npm registry that this machine uses, is
 * checked against the target's digest, and stays under ~/.cache/mig.
 */
export function bunRuntime(target: Target): string {
  const installed = findInstalledRuntime(target);
  if (installed !== undefined) return installed;
  const folder = join(homedir(), '.cache', 'mig', `bun-${BUN_VERSION}`, target.bun);
  const file = join(folder, 'bin', target.os === 'windows' ? 'bun.exe' : 'bun');
  if (!existsSync(file)) downloadRuntime(target, folder);
  return file;
}

/** npm has installed the runtime for Linux on x86-64 with the other packages. */
function findInstalledRuntime({ bun }: Target): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(`@oven/${bun}/bin/bun`);
    chmodSync(file, 0o755);
    return file;
  } catch {
    return undefined;
  }
}

function downloadRuntime({ bun, integrity }: Target, folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const name = `@oven/${bun}@${BUN_VERSION}`;
    execFileSync('npm', ['pack', '--silent', '--pack-destination', work, name], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const archive = join(work, `oven-${bun}-${BUN_VERSION}.tgz`);
    const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (digest !== integrity) throw new Error(`${name}: the archive has digest ${digest}, not the known one`);
    execFileSync('tar', ['-xzf', archive, '-C', work]);
    if (!existsSync(folder)) renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
