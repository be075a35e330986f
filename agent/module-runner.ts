import { spawn } from 'node:child_process';
import { EMPTY_RESULT, ModuleResult } from '../contract/command.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import { parametersMessage } from '../modules/protocol.ts';
import { MODULE_NAMES } from '../modules/registry.ts';

export interface Outcome {
  status: 'success' | 'failed' | 'timeout';
  result: ModuleResult;
}

const MAX_OUTPUT_BYTES = 3 * 1024 * 1024;
const MAX_STDERR_BYTES = 4096;

/**
 * Runs one operation in a child process of this very executable, in a process group of its own that is killed whole
 * when its time is over. Never throws: whatever goes wrong is a result.
 */
export function runOperation(
  module: string,
  parameters: unknown,
  { timeoutMs, mask }: { timeoutMs: number; mask: boolean },
): Promise<Outcome> {
  if (!MODULE_NAMES.includes(module))
    return Promise.resolve(failure('failed', `module '${module}' is not available`));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-m', module, ...(mask ? ['-mask'] : [])], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
      cwd: '/',
    });
    const output: Buffer[] = [];
    let outputBytes = 0;
    let lastWords = '';
    let verdict: Outcome | undefined;
    const end = (outcome: Outcome) => {
      verdict ??= outcome;
      killGroup(child.pid);
    };
    const timer = setTimeout(
      () => end(failure('timeout', `module '${module}' was killed after ${Math.round(timeoutMs / 1000)} s`)),
      timeoutMs,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > MAX_OUTPUT_BYTES)
        end(failure('failed', `module '${module}' wrote more than ${MAX_OUTPUT_BYTES} bytes`));
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      lastWords = `${lastWords}${chunk}`.slice(-MAX_STDERR_BYTES);
    });
    child.on('error', (error) => end(failure('failed', `runModule() -> ${error.message}`)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      killGroup(child.pid); // whatever it left behind
      resolve(
        verdict ?? toOutcome(module, { code, signal, output: Buffer.concat(output).toString(), lastWords }),
      );
    });
    child.stdin.on('error', () => {}); // it may be gone before it read everything; its exit tells
    child.stdin.end(encodeJson(parametersMessage(parameters)));
  });
}

function toOutcome(
  module: string,
  ended: { code: number | null; signal: string | null; output: string; lastWords: string },
): Outcome {
  if (ended.code !== 0) {
    const how = ended.signal === null ? `exit status ${ended.code}` : `signal ${ended.signal}`;
    const words = ended.lastWords.trim().split('\n').slice(-5).join('\n');
    return failure(
      'failed',
      `runModule() -> module '${module}' ended with ${how}${words === '' ? '' : `: ${words}`}`,
    );
  }
  try {
    return { status: 'success', result: ModuleResult.parse(JSON.parse(ended.output)) };
  } catch {
    return failure('failed', `runModule() -> module '${module}' printed no result`);
  }
}

function failure(status: 'failed' | 'timeout', error: string): Outcome {
  return { status, result: { ...EMPTY_RESULT, errors: [error] } };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}
