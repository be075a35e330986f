import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { waitFor } from '../../../../dev/wait-for.ts';
import { hasInEnvironment, readCommandLine } from '../../../../platform/machine/proc-files.ts';
import { readStart } from '../../../../platform/machine/read-start.ts';
import { defined } from '../../../setup/defined.ts';

test('a text in the environment and the command line of a process are found', async () => {
  const child = spawn('sleep', ['600'], { env: { MARK: 'planted' } });
  try {
    const pid = defined(child.pid);
    await waitFor('sleep', () => readCommandLine(pid) === 'sleep\u0000600\u0000');
    expect(hasInEnvironment(pid, 'MARK=planted')).toBe(true);
    expect(hasInEnvironment(pid, 'MARK=other')).toBe(false);
  } finally {
    child.kill();
  }
});

test('a process that has ended has no environment', () => {
  expect(hasInEnvironment(2 ** 30, 'MARK')).toBe(false);
});

test('of a file without end only the beginning is read', () => {
  expect(readStart('/dev/zero', 100_000)).toEqual(Buffer.alloc(100_000));
  expect(readStart('/proc/self/comm', 3)).toHaveLength(3);
});
