import { spawn } from 'node:child_process';
import { once } from 'node:events';

interface TimedCommand {
  /** From the start of the process to its end, as its caller waits. */
  seconds: number;
  status: number | null;
  stderr: string;
}

/** Runs a command to its end, and reads what it prints. */
export async function timeCommand(
  [program = '', ...args]: readonly string[],
  env: Record<string, string>,
): Promise<TimedCommand> {
  const startedAt = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.resume();
  const [status] = await once(child, 'close');
  return { seconds: (performance.now() - startedAt) / 1000, status, stderr };
}
