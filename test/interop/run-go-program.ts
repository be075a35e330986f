import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** What is typed. The input ends behind it. */
  input?: string | undefined;
  env: Record<string, string>;
  cwd?: string | undefined;
  /** Sends SIGINT when stderr has this. */
  interruptAt?: RegExp | undefined;
  timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;

/** Runs one of MIG's programs to its end. Throws when it takes too long or prints too much. */
export async function runGoProgram(
  executable: string,
  args: readonly string[],
  { input = '', env, cwd, interruptAt, timeoutMs = TIMEOUT_MS }: RunOptions,
): Promise<ProgramRun> {
  const child = spawn(executable, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const output = { stdout: '', stderr: '' };
  let stopped: string | undefined;
  const stop = (reason: string) => {
    stopped = reason;
    child.kill('SIGKILL');
  };
  let wasInterrupted = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      if (output[name].length > MAX_OUTPUT_BYTES) stop('it prints too much');
      if (interruptAt && !wasInterrupted && interruptAt.test(output.stderr)) {
        wasInterrupted = true;
        child.kill('SIGINT');
      }
    });
  }
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  const timer = setTimeout(() => stop(`it ran for more than ${timeoutMs / 1000} s`), timeoutMs);
  try {
    const [status] = await closed;
    if (stopped !== undefined) throw new Error(`${args.join(' ')}: ${stopped}: ${excerpt(output)}`);
    return { status, ...output };
  } finally {
    clearTimeout(timer);
  }
}

/** The end of what a program printed, without colours. */
export function excerpt({ stdout, stderr }: Pick<ProgramRun, 'stdout' | 'stderr'>): string {
  return JSON.stringify(plain(`${stdout}\n${stderr}`).trim().slice(-600));
}

export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with it
  return text.replace(/\u001b\[[\d;]*[A-Za-z]/g, '');
}
