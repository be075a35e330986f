import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EMPTY_RESULT, ModuleResult } from '../../contract/command.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import { parametersMessage } from '../../modules/protocol.ts';
import { moduleNames } from '../../modules/registry.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import { moduleEnvironment } from '../../platform/machine/child-environment.ts';
import type { Breach } from './limits/breach.ts';
import type { Limits } from './limits/limits.ts';
import type { Strikes } from './limits/strikes.ts';

export interface Outcome {
  status: 'success' | 'failed' | 'timeout' | 'cancelled';
  result: ModuleResult;
}

export interface ModuleRunner {
  /**
   * Runs one operation, for as long as `timeoutMs` says when it begins and until `cancelled` is aborted. Never throws:
   * whatever goes wrong is a result.
   */
  run(module: string, parameters: unknown, until: Until): Promise<Outcome>;
}

interface Until {
  timeoutMs: () => number;
  cancelled: AbortSignal;
  /** The largest result; undefined: as much as any module may print. */
  maxBytes?: number;
}

export const CANCELLED_BY_PLATFORM = 'cancelled by the platform';
const NOT_STARTED = 'interrupted: the agent ended before the module started';
const INTERRUPTED = 'interrupted: the agent ended while the module ran';

/** What the agent itself does when a module's process has ended, in whatever way. */
export type LastStep = (outcome: Outcome) => Promise<Outcome>;

interface Deps {
  configFile: string;
  /** By module. */
  lastSteps: Readonly<Record<string, LastStep>>;
  limits: Limits;
  strikes: Strikes;
  log: Logger;
  now: () => number;
  /** Aborted when the agent ends and the grace period for running modules is over. */
  ending: AbortSignal;
  /** Mask what identifies in the results. */
  mask: boolean;
}

const MAX_OUTPUT_BYTES = 3 * 1024 * 1024;
const MAX_STDERR_BYTES = 4096;
/** Operations that run at the same time, of all commands together; the others wait for one to end. */
const MAX_RUNNING = 16;

/** Runs operations in child processes of this very executable, each with its limits, and at most 16 at a time. */
export function createModuleRunner(deps: Deps): ModuleRunner {
  const semaphore = createSemaphore(MAX_RUNNING);
  return {
    async run(module, parameters, { timeoutMs, cancelled, maxBytes = MAX_OUTPUT_BYTES }) {
      if (!moduleNames().includes(module)) return failure('failed', `module '${module}' is not available`);
      return semaphore.withPermit(async () => {
        try {
          deps.strikes.check(module, parameters, deps.now());
          const task = { module, parameters, cancelled, maxBytes: Math.min(maxBytes, MAX_OUTPUT_BYTES) };
          const outcome = await runChild(deps, { ...task, timeoutMs: timeoutMs() });
          return (await deps.lastSteps[module]?.(outcome)) ?? outcome;
        } catch (error) {
          if (error instanceof MigError) return failure('failed', error.message);
          return failure('failed', `runModule() -> ${errorMessage(error)}`);
        }
      });
    },
  };
}

interface Task {
  module: string;
  parameters: unknown;
  timeoutMs: number;
  cancelled: AbortSignal;
  maxBytes: number;
}

async function runChild(deps: Deps, task: Task): Promise<Outcome> {
  const { module, parameters, timeoutMs, cancelled } = task;
  if (cancelled.aborted) return failure('cancelled', CANCELLED_BY_PLATFORM);
  if (deps.ending.aborted) return failure('failed', NOT_STARTED);
  if (timeoutMs <= 0)
    return failure('timeout', `module '${module}' had no time left before the action expired`);
  const began = performance.now();
  const mark = `MIG_RUN=${randomUUID()}`;
  const child = startChild(module, { ...deps, mark });
  if (child.pid === undefined) return failure('failed', `runModule() -> ${await spawnError(child)}`);
  let verdict: Outcome | undefined;
  const end = (outcome: Outcome) => {
    verdict ??= outcome;
    void confined.kill();
  };
  const confined = deps.limits.confine({
    pid: child.pid,
    mark,
    onBreach: (breach) => end(breachOutcome(module, breach)),
  });
  const timer = setTimeout(
    () => end(failure('timeout', `module '${module}' was killed after ${(timeoutMs / 1000).toFixed(1)} s`)),
    timeoutMs,
  );
  const output = collectOutput(child, {
    onFirst: () => deps.log.debug({ module, ms: Math.round(performance.now() - began) }, 'first output'),
    onTooMuch: () => end(failure('failed', `module '${module}' wrote more than ${MAX_OUTPUT_BYTES} bytes`)),
  });
  const onCancel = () => end(failure('cancelled', CANCELLED_BY_PLATFORM));
  const onEnding = () => end(failure('failed', INTERRUPTED));
  cancelled.addEventListener('abort', onCancel);
  deps.ending.addEventListener('abort', onEnding);
  child.stdin?.on('error', () => {}); // it may be gone before it read everything; its exit tells
  child.stdin?.end(encodeJson(parametersMessage(parameters, task)));
  // What it started may hold its pipes open: they close when that has ended too.
  child.once('exit', () => void confined.kill());
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  clearTimeout(timer);
  cancelled.removeEventListener('abort', onCancel);
  deps.ending.removeEventListener('abort', onEnding);
  const breach = confined.breach();
  await confined.release();
  if (breach !== undefined) {
    deps.strikes.add(module, parameters, { breach, nowMs: deps.now() });
    return breachOutcome(module, breach);
  }
  return verdict ?? toOutcome(module, { code, signal, ...output() });
}

function startChild(
  module: string,
  { mark, mask, configFile }: { mark: string; mask: boolean; configFile: string },
): ChildProcess {
  return spawn(process.execPath, ['-c', configFile, '-m', module, ...(mask ? ['-mask'] : [])], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: moduleEnvironment(mark),
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    windowsHide: true,
  });
}

function spawnError(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.once('error', (error) => resolve(error.message)));
}

function collectOutput(
  child: ChildProcess,
  { onFirst, onTooMuch }: { onFirst: () => void; onTooMuch: () => void },
): () => { output: string; lastWords: string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let lastWords = '';
  const count = (chunk: Buffer): boolean => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) return true;
    chunks.length = 0;
    onTooMuch();
    return false;
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    if (chunks.length === 0) onFirst();
    if (count(chunk)) chunks.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    if (count(chunk)) lastWords = `${lastWords}${chunk}`.slice(-MAX_STDERR_BYTES);
  });
  return () => ({ output: Buffer.concat(chunks).toString(), lastWords });
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
    return { status: 'success', result: ModuleResult.parse(parseStrictJson(ended.output)) };
  } catch {
    return failure('failed', `runModule() -> module '${module}' printed no result`);
  }
}

function breachOutcome(module: string, breach: Breach): Outcome {
  const what = breach === 'memory' ? 'memory' : 'processes';
  return failure('failed', `module '${module}' was killed: it took more ${what} than it may`);
}

function failure(status: Exclude<Outcome['status'], 'success'>, error: string): Outcome {
  return { status, result: { ...EMPTY_RESULT, errors: [error] } };
}
