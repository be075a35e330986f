import { execFileSync, spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigError } from '../../contract/errors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Their lengths and depths differ: a path within a file would move everything after it. */
const COPIES = ['check/1', 'check/another/copy-of-the-sources'];

/**
 * Makes the release in two copies of the sources, in folders of different names, and compares every file. Returns the
 * number of files. Throws with the names of those that differ.
 */
export function checkReproducible(systems: readonly string[]): number {
  const check = join(ROOT, 'dist', 'check');
  rmSync(check, { recursive: true, force: true });
  try {
    const [one = '', other = ''] = COPIES.map((name) => sumsOfCopy(join(ROOT, 'dist', name), systems));
    const differing = one.split('\n').filter((line) => !other.split('\n').includes(line));
    if (one !== other)
      throw new MigError('internal', `not the same in another folder:\n${differing.join('\n')}`);
    return one.trim().split('\n').length;
  } finally {
    rmSync(check, { recursive: true, force: true });
  }
}

function sumsOfCopy(copy: string, systems: readonly string[]): string {
  copySources(copy);
  const args = systems.length === 0 ? ['--npm'] : systems.flatMap((system) => ['--system', system]);
  const script = join(copy, 'dev', 'release', 'main.ts');
  const built = spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new MigError('internal', `the release failed in ${copy}:\n${built.stderr}`);
  return readFileSync(join(copy, 'dist', 'release', 'SHA256SUMS'), 'utf8');
}

/** Links take no room. The copies are within the checkout, so that git tells them the same commit. */
function copySources(copy: string): void {
  const listing = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const files = listing.split('\0').filter((name) => name !== '');
  for (const file of files) linkFile(join(ROOT, file), join(copy, file));
  linkFolder(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory() && entry.name !== '.cache') linkFolder(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

function linkFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  linkSync(from, to);
}
