import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, readlinkSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../../../dev/wait-for.ts';
import { livingFolder, openLiving, readLiving } from '../../../../platform/machine/living-task.ts';
import { hasInEnvironment, readCommandLine, residentBytes } from '../../../../platform/machine/proc-files.ts';
import { readProcessStat } from '../../../../platform/machine/proc-stat.ts';
import { isProcessRunning } from '../../../../platform/machine/process-signals.ts';
import { startHeadless } from '../../../setup/headless-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-living-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a process is seen in its main thread', () => {
  expect(livingFolder(process.pid)).toBe(`/proc/${process.pid}`);
  expect(readLiving(process.pid, (seen) => readlinkSync(`${seen}/exe`))).toBe(process.execPath);
});

test('what the system denies of a living process is its error', () => {
  expect(() => readLiving(process.pid, (seen) => readlinkSync(`${seen}/no-such-file`))).toThrow(/ENOENT/);
});

test.runIf(process.platform === 'linux')(
  'a process of which all threads have ended is a zombie',
  async () => {
    // A program that waits for nothing leaves its child as a zombie. A shell might not: the child outlasts it.
    const child = 'until grep -q sleep /proc/$PPID/comm; do sleep 0.01; done';
    const shell = spawn('sh', ['-c', 'sh -c "$0" & echo $!; exec sleep 600', child], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(shell.stdout, 'data');
    const pid = Number(String(line));
    await waitFor('a zombie', () => readProcessStat(pid)?.state === 'Z');
    expect(livingFolder(pid)).toBeUndefined();
    expect(isProcessRunning(pid)).toBe(false);
    expect(() => readLiving(pid, (seen) => readlinkSync(`${seen}/exe`))).toThrow(/ENOENT/);
    shell.kill('SIGKILL');
  },
);

describe.runIf(process.platform === 'linux')('a process whose main thread has ended', () => {
  let headless: Awaited<ReturnType<typeof startHeadless>>;
  beforeAll(async () => {
    headless = await startHeadless(join(folder, 'opened'));
  });
  afterAll(() => headless[Symbol.asyncDispose]());

  test('is seen in another thread', () => {
    const { pid, executable } = headless;
    expect(livingFolder(pid)).toMatch(new RegExp(`^/proc/${pid}/task/\\d+$`));
    expect(readLiving(pid, (seen) => readlinkSync(`${seen}/exe`))).toBe(executable);
  });

  test('goes on, with a command line, an environment and memory', () => {
    const { pid } = headless;
    expect(isProcessRunning(pid)).toBe(true);
    expect(readCommandLine(pid)).toContain(`${folder}/opened\0`);
    expect(hasInEnvironment(pid, 'MARK=headless')).toBe(true);
    expect(residentBytes(pid)).toBeGreaterThan(1_000_000);
  });

  test('has files that can be opened', () => {
    const fd = openLiving(headless.pid, 'exe');
    const start = Buffer.alloc(4);
    readSync(fd, start, 0, 4, 0);
    closeSync(fd);
    expect(start.toString('latin1')).toBe('\x7fELF');
  });
});
