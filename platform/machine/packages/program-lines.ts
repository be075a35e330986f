import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { goErrno } from '../../../contract/go/errno.ts';
import { childEnvironment } from '../child-environment.ts';
import { splitLines } from './split-lines.ts';

/** A program that lists packages, and the variables that it needs. */
export interface Program {
  name: string;
  args: readonly string[];
  env?: Record<string, string>;
}

export interface ProgramLimits {
  /** On the clock of `performance.now()`. */
  endsAtMs: number;
  maxBytes: number;
}

/** There is no such program on the PATH. */
export class ProgramMissing extends Error {}
/** The program reported an error. */
export class ProgramFailed extends Error {}
/** The program took too long, or printed too much. */
export class ProgramCut extends Error {}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const MAX_STDERR_LENGTH = 300;

/**
 * The lines that a program of the PATH prints, without a shell and with the agent's clean environment. The program is
 * killed when the reader stops, at the time limit, and after too many bytes.
 */
export async function* programLines(
  program: Program,
  { endsAtMs, maxBytes }: ProgramLimits,
): AsyncGenerator<string> {
  const child = start(program);
  const ended = endOf(child);
  const state = { isLate: false };
  const leftMs = Math.max(0, Math.min(endsAtMs - performance.now(), 2 ** 31 - 1));
  const timer = setTimeout(() => {
    state.isLate = true;
    child.kill('SIGKILL');
  }, leftMs);
  try {
    await hasStarted(child, program);
    yield* splitLines(upTo(maxBytes, child.stdout, program));
    const { status, stderr } = await ended;
    if (state.isLate) throw new ProgramCut(`${program.name} was ended: the time was over`);
    if (status !== 0) throw new ProgramFailed(`${program.name} ended with status ${status}${stderr}`);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

/** Only the locale's letters and the named variables differ from the environment of other children. */
function start({ name, args, env }: Program): Child {
  return spawn(name, args, {
    env: childEnvironment({ LC_ALL: 'C.UTF-8', ...env }) as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
  });
}

/** Before that its output must not be read: where there is no program, the output ends with an error of its own. */
function hasStarted(child: Child, { name }: Program): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new ProgramMissing(`there is no ${name}`));
      else reject(new ProgramFailed(`${name} cannot be started: ${goErrno(error)}`));
    });
  });
}

interface End {
  status: number | NodeJS.Signals | null;
  /** The beginning of what it reported, after a colon. */
  stderr: string;
}

function endOf(child: Child): Promise<End> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_STDERR_LENGTH) stderr = (stderr + text).slice(0, MAX_STDERR_LENGTH);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      const [line = ''] = stderr.trim().split('\n', 1);
      resolve({ status: code ?? signal, stderr: line === '' ? '' : `: ${line}` });
    });
  });
}

async function* upTo(maxBytes: number, output: Readable, { name }: Program): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of output as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ProgramCut(`${name} was ended: it printed more than ${maxBytes} bytes`);
    yield chunk;
  }
}
