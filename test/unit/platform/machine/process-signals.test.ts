import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  isProcessRunning,
  signalProcess,
  signalProcessGroup,
} from '../../../../platform/machine/process-signals.ts';

test.each([0, 1, -1, -5, process.pid, Number.NaN, 1.5])('no signal is ever sent to PID %d', (pid) => {
  expect(() => signalProcess(pid, 'SIGURG')).toThrow('must not be signalled');
  expect(() => signalProcessGroup(pid, 'SIGURG')).toThrow('must not be signalled');
});

test('a process and its group are signalled until they have ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('no pid');
  expect(isProcessRunning(pid)).toBe(true);
  signalProcessGroup(pid, 'SIGKILL');
  await once(child, 'exit');
  expect(isProcessRunning(pid)).toBe(false);
  signalProcess(pid, 'SIGKILL');
  signalProcessGroup(pid, 'SIGKILL');
});
