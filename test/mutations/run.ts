import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript, usage } from '../../platform/program/command-line.ts';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';

const USAGE = `npm run mutations -- [TEXT]

Applies each mutation to a copy of the sources, and checks that the named test fails. Ends with 1 when one survives. With
TEXT only the mutations with that text in their name.
`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
await runScript({ usage: USAGE, words: 1 }, (_, [text = '']) => {
  const wanted = MUTATIONS.filter(({ name }) => name.includes(text));
  if (wanted.length === 0) throw usage(`no mutation's name contains '${text}'`);
  return tryAll(wanted);
});

/** Returns the exit status: 1 when a mutation survives. */
function tryAll(mutations: readonly Mutation[]): number {
  const copy = mkdtempSync(join(tmpdir(), 'mig-mutations-'));
  let caught = 0;
  try {
    copySources(copy);
    for (const mutation of mutations) {
      const isCaught = tryMutation(mutation, copy);
      if (isCaught) caught++;
      const { name, caughtBy } = mutation;
      const verdict = isCaught ? 'caught  ' : 'SURVIVED';
      process.stdout.write(`${verdict} ${name} (${caughtBy.file}: ${caughtBy.test})\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  process.stdout.write(`${caught} of ${mutations.length} mutations caught\n`);
  return caught === mutations.length ? 0 : 1;
}

/** Copies the checkout with its uncommitted changes. */
function copySources(folder: string): void {
  const args = ['ls-files', '-co', '--exclude-standard'];
  const files = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.trim().split('\n')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

/** Mutates one file of the copy for a run of the named test. Returns whether that test failed. */
function tryMutation({ file, find, replace, caughtBy }: Mutation, copy: string): boolean {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const mutated = original.replace(find, () => replace);
  writeFileSync(path, mutated);
  try {
    return isFailing(caughtBy, copy);
  } finally {
    writeFileSync(path, original);
  }
}

function isFailing({ file, test }: Mutation['caughtBy'], copy: string): boolean {
  const vitest = join(ROOT, 'node_modules', '.bin', 'vitest');
  const args = ['run', file, '-t', test, '--testTimeout', '40000'];
  const run = spawnSync(vitest, args, { cwd: copy, encoding: 'utf8' });
  // The test itself must fail: a run that does not start proves nothing.
  return run.status !== 0 && /Tests .*\d+ failed/.test(run.stdout);
}
