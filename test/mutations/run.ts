import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { MUTATIONS } from './mutations.ts';

const USAGE = `npm run mutations -- [TEXT]

Changes a copy of the sources, one mutation after the other, and checks that the test named for it fails; ends with 1 when
one survives. With TEXT only those whose name holds it.
`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
await runScript({ usage: USAGE, words: 1 }, (_, [text = '']) => {
  const wanted = MUTATIONS.filter(({ name }) => name.includes(text));
  if (wanted.length === 0) throw usage(`no mutation's name holds '${text}'`);
  return tryAll(wanted);
});

function tryAll(wanted: typeof MUTATIONS): number {
  const copy = mkdtempSync(join(tmpdir(), 'mig-mutations-'));
  const survivors: string[] = [];
  try {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const file of files.trim().split('\n')) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(ROOT, file), join(copy, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const { name, file, find, replace, caughtBy } of wanted) {
      const path = join(copy, file);
      const original = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        original.replace(find, () => replace),
      );
      const args = [
        'run',
        '--project',
        caughtBy.project,
        caughtBy.file,
        '-t',
        caughtBy.test,
        '--testTimeout',
        '40000',
      ];
      const run = spawnSync(join(ROOT, 'node_modules', '.bin', 'vitest'), args, {
        cwd: copy,
        encoding: 'utf8',
      });
      writeFileSync(path, original);
      // The test itself must fail: a run that does not start proves nothing.
      const isCaught = run.status !== 0 && /Tests .*\d+ failed/.test(run.stdout);
      if (!isCaught) survivors.push(name);
      process.stdout.write(
        `${isCaught ? 'caught  ' : 'SURVIVED'} ${name} (${caughtBy.file}: ${caughtBy.test})\n`,
      );
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  process.stdout.write(`${wanted.length - survivors.length} of ${wanted.length} mutations caught\n`);
  return survivors.length === 0 ? 0 : 1;
}
