import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bunCompiler } from '../../dev/build/bun.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { readProcessStat } from '../../platform/machine/proc-stat.ts';
import { defined } from './defined.ts';

interface HeadlessProcess extends AsyncDisposable {
  pid: number;
  child: ChildProcess;
  executable: string;
  /** Of its listening socket on 127.0.0.1. */
  port: number;
}

/** Opens a file and a socket, and ends its main thread with exit(2). */
const PROGRAM = `
  const { dlopen } = require('bun:ffi');
  require('node:fs').openSync(process.argv.at(-1), 'a');
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
    process.stdout.write(server.address().port + '\\n');
    const { symbols } = dlopen('libc.so.6', { syscall: { args: ['i64', 'i64'], returns: 'i64_fast' } });
    symbols.syscall(process.arch === 'x64' ? 60 : 93, 0);
  });
`;

/** Starts a process whose main thread has ended, while its other threads go on. */
export async function startHeadless(opened: string): Promise<HeadlessProcess> {
  const executable = bunCompiler();
  const child = spawn(executable, ['-e', PROGRAM, opened], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { MARK: 'headless' },
  });
  const [line] = await once(child.stdout, 'data');
  const pid = defined(child.pid);
  await waitFor('the end of the main thread', () => readProcessStat(pid)?.state === 'Z');
  return {
    pid,
    child,
    executable,
    port: Number(String(line)),
    async [Symbol.asyncDispose]() {
      if (child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
