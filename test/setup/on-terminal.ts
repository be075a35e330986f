import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { shellLine } from '../../contract/text/shell-word.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';

/** Runs `mig` on a terminal, and answers each question when it is printed. Returns what the terminal has shown. */
export async function migOnTerminal(
  args: readonly string[],
  answers: readonly { to: string; answer: string }[],
): Promise<{ status: number | null; printed: string }> {
  const line = shellLine([process.execPath, join(ROOT, 'cli', 'mig.js'), ...args]);
  const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const left = [...answers];
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    const [next] = left;
    if (next === undefined || !printed.includes(next.to)) return;
    left.shift();
    child.stdin.write(`${next.answer}\n`);
  });
  const [status] = await once(child, 'close');
  return { status, printed: printed.replaceAll('\r\n', '\n') };
}
