import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const GIANT_MB = 1024;

const PROGRAM = `
  const memory = Buffer.alloc(${GIANT_MB} * 1024 * 1024);
  const block = require('node:crypto').randomBytes(1024 * 1024);
  for (let at = 0; at < memory.length; at += block.length) block.copy(memory, at);
  globalThis.memory = memory;
  console.log('ready');
  setInterval(() => globalThis.memory[0], 1000);
`;

/** A process with 1 GB of random bytes in its memory, and a pattern that matches the path of no other executable. */
export async function openGiant(): Promise<{ pattern: string } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-bench-'));
  const executable = join(folder, 'mig-bench-giant');
  copyFileSync(process.execPath, executable);
  const child = spawn(executable, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    pattern: '/mig-bench-giant$',
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
