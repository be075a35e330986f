import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defined } from '../../setup/defined.ts';

/** Namespaces of the kernel in which nothing of the machine is changed. */
export interface Room extends AsyncDisposable {
  pid: number;
  /** Runs a command line there. */
  wrapper: readonly string[];
}

/** Opens a network and a mount namespace of their own, and runs a script there that prints a line when it is ready, and stays. */
export async function openRoom(script: string, ...args: string[]): Promise<Room> {
  const child = spawn('unshare', ['-m', '-n', 'sh', '-ec', script, 'sh', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
  if (child.exitCode !== null || !ready) throw new Error('the namespaces could not be opened');
  const pid = defined(child.pid);
  return {
    pid,
    wrapper: ['nsenter', '-t', String(pid), '-m', '-n'],
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
