import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { childEnvironment } from './child-environment.ts';

const CHUNK_BYTES = 64 * 1024;
/** Lines of system tables have some hundred bytes. The rest of a longer one is dropped. */
const MAX_LINE_LENGTH = 4096;

/** Yields the lines of a file in batches, in bounded memory. Throws the system's errors. */
export function* linesOfFile(file: string): Generator<string[]> {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const splitter = createLineSplitter();
    // At no position: tables in /proc are made while they are read.
    let bytes = readSync(fd, buffer, 0, CHUNK_BYTES, null);
    while (bytes > 0) {
      yield splitter.push(buffer.toString('latin1', 0, bytes));
      bytes = readSync(fd, buffer, 0, CHUNK_BYTES, null);
    }
    yield splitter.end();
  } finally {
    closeSync(fd);
  }
}

/** Yields the lines that a program prints, in batches. Throws when it cannot start, fails, or takes too long. */
export async function* linesOfProgram(
  command: string,
  args: readonly string[],
  { timeoutMs }: { timeoutMs: number },
): AsyncGenerator<string[]> {
  const child = spawn(command, args, {
    env: childEnvironment({ LC_ALL: 'C' }),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: Math.max(1, Math.ceil(timeoutMs)),
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => {}); // awaited below, unless the caller stops before
  try {
    const splitter = createLineSplitter();
    for await (const chunk of child.stdout) yield splitter.push((chunk as Buffer).toString('latin1'));
    yield splitter.end();
    const [status] = await ended;
    if (status !== 0) throw new Error(endingOf(command, { status, timeoutMs }));
  } finally {
    child.kill('SIGKILL');
  }
}

function endingOf(
  command: string,
  { status, timeoutMs }: { status: number | null; timeoutMs: number },
): string {
  if (status === null) return `${command} was ended after ${(timeoutMs / 1000).toFixed(1)} s`;
  return `${command} ended with status ${status}`;
}

interface LineSplitter {
  /** Returns the lines that end in this piece of text. */
  push(text: string): string[];
  /** Returns the last line, if it has no line feed. */
  end(): string[];
}

function createLineSplitter(): LineSplitter {
  let rest = '';
  const cut = (line: string) => line.slice(0, MAX_LINE_LENGTH).replace(/\r$/, '');
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
      return lines.map(cut);
    },
    end: () => (rest === '' ? [] : [cut(rest)]),
  };
}
