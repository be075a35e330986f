import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { errorMessage } from '../../contract/errors.ts';
import { moduleEnvironment } from '../../platform/machine/child-environment.ts';

/** The exit of a module's process, with its output. */
export interface ModuleExit {
  code: number | null;
  signal: string | null;
  stdout: string;
  /** Only the end of it. */
  stderr: string;
}

const MAX_STDERR_CHARACTERS = 4096;

/** Starts a module in a process group of its own. The module does nothing before it has read its parameters. */
export function spawnModule({
  module,
  configFile,
  mask,
  mark,
}: {
  module: string;
  configFile: string;
  /** Mask identifying data in the result. */
  mask: boolean;
  /** `NAME=value` in its environment, which identifies the process and its descendants. */
  mark: string;
}): ChildProcess {
  return spawn(process.execPath, ['-c', configFile, '-m', module, ...(mask ? ['-mask'] : [])], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: moduleEnvironment(mark),
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    windowsHide: true,
  });
}

/** Returns the reason why a process without a pid could not start. */
export async function spawnError(child: ChildProcess): Promise<string> {
  const [error] = await once(child, 'error');
  return errorMessage(error);
}

interface CommunicateOptions {
  stdin: string;
  maxOutputBytes: number;
  onFirstOutput: () => void;
  onTooMuchOutput: () => void;
  /** Called when the process itself has ended; descendants may still keep its output open. */
  onExit: () => void;
}

/** Sends a module its input, and resolves when the module and its descendants have closed the output. */
export async function communicate(child: ChildProcess, options: CommunicateOptions): Promise<ModuleExit> {
  const output = collectOutput(child, options);
  const closed = once(child, 'close');
  child.stdin?.on('error', () => {}); // The module may end before it has read everything: its exit shows why.
  child.stdin?.end(options.stdin);
  child.once('exit', options.onExit);
  const [code, signal] = await closed;
  return { code, signal, ...output() };
}

/** Keeps stdout whole, up to the limit, and the end of stderr; both count against the limit. */
function collectOutput(
  child: ChildProcess,
  { maxOutputBytes, onFirstOutput, onTooMuchOutput }: CommunicateOptions,
): () => Pick<ModuleExit, 'stdout' | 'stderr'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let stderr = '';
  const isWithinLimit = (chunk: Buffer): boolean => {
    bytes += chunk.length;
    if (bytes <= maxOutputBytes) return true;
    chunks.length = 0;
    onTooMuchOutput();
    return false;
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunks.length === 0) onFirstOutput();
    if (isWithinLimit(chunk)) chunks.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (isWithinLimit(chunk)) stderr = `${stderr}${chunk}`.slice(-MAX_STDERR_CHARACTERS);
  });
  return () => ({ stdout: Buffer.concat(chunks).toString(), stderr });
}
