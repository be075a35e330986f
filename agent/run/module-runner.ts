import { randomUUID } from 'node:crypto';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { parametersMessage } from '../../modules/protocol.ts';
import { hasModule, isPersistent } from '../../modules/registry.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import { type Breach, describeBreach } from './limits/breach.ts';
import type { Limits } from './limits/limits.ts';
import type { Strikes } from './limits/strikes.ts';
import { communicate, spawnError, spawnModule } from './module-process.ts';
import { CANCELLED_BY_PLATFORM, failure, type Outcome, outcomeOf } from './outcome.ts';

export interface ModuleRunner {
  /** Never throws: an error is an outcome too. */
  run(operation: RunOptions): Promise<Outcome>;
}

interface RunOptions {
  module: string;
  parameters: unknown;
  /** Evaluated when the operation starts, possibly long after the call. */
  timeoutMs: () => number;
  cancelled: AbortSignal;
  /** The most bytes of the result; by default the most that any module may print. */
  maxBytes?: number;
}

/** The agent's own part of an operation, after the process of the module has ended in whatever way. */
export type FollowUpStep = (outcome: Outcome) => Promise<Outcome>;

interface Deps {
  configFile: string;
  /** By name of the module. */
  followUpSteps: Readonly<Record<string, FollowUpStep>>;
  limits: Limits;
  /** Where a running persistent module answers, as `unix:<path>`; undefined while it does not. */
  persistSocket: (module: string) => string | undefined;
  strikes: Strikes;
  log: Logger;
  now: () => number;
  /** Aborted when the agent ends and the grace period for running modules is over. */
  ending: AbortSignal;
  /** Mask identifying data in the results. */
  mask: boolean;
}

const MAX_OUTPUT_BYTES = 3 * 1024 * 1024;
/** The most operations of all commands that run at the same time; others wait. */
const MAX_RUNNING = 16;

/** Runs each operation in a child process of this executable, within limits. */
export function createModuleRunner(deps: Deps): ModuleRunner {
  const semaphore = createSemaphore(MAX_RUNNING);
  return {
    async run({ module, parameters, timeoutMs, cancelled, maxBytes = MAX_OUTPUT_BYTES }) {
      if (!hasModule(module)) return failure('failed', `module '${module}' is not available`);
      return semaphore.withPermit(() =>
        runOperation(deps, {
          module,
          parameters,
          timeoutMs: timeoutMs(),
          cancelled,
          maxBytes: Math.min(maxBytes, MAX_OUTPUT_BYTES),
        }),
      );
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

async function runOperation(deps: Deps, task: Task): Promise<Outcome> {
  try {
    deps.strikes.check(task.module, task.parameters, deps.now());
    const outcome = await runChild(deps, task);
    const followUpStep = deps.followUpSteps[task.module];
    return followUpStep === undefined ? outcome : await followUpStep(outcome);
  } catch (error) {
    if (error instanceof MigError) return failure('failed', error.message);
    return failure('failed', `runModule() -> ${errorMessage(error)}`);
  }
}

async function runChild(deps: Deps, task: Task): Promise<Outcome> {
  const obstacle = findObstacle(deps, task);
  if (obstacle) return obstacle;
  const { module, parameters } = task;
  const persistSocket = isPersistent(module) ? deps.persistSocket(module) : undefined;
  if (isPersistent(module) && persistSocket === undefined) {
    return failure('failed', `module ${module} is not registered`);
  }
  const startMs = performance.now();
  const mark = `MIG_RUN=${randomUUID()}`;
  const child = spawnModule({ module, configFile: deps.configFile, mask: deps.mask, mark });
  if (child.pid === undefined) return failure('failed', `runModule() -> ${await spawnError(child)}`);

  let killedAs: Outcome | undefined;
  const kill = (outcome: Outcome) => {
    killedAs ??= outcome;
    void confined.kill();
  };
  const onBreach = (breach: Breach) => kill(breachOutcome(module, breach));
  const confined = deps.limits.confine({ pid: child.pid, mark, onBreach });
  const stopWatching = watchDeadlines(deps, { task, kill });
  const exit = await communicate(child, {
    stdin: encodeJson(parametersMessage(parameters, { ...task, persistSocket })),
    maxOutputBytes: MAX_OUTPUT_BYTES,
    onFirstOutput: () =>
      deps.log.debug({ module, ms: Math.round(performance.now() - startMs) }, 'first output'),
    onTooMuchOutput: () =>
      kill(failure('failed', `module '${module}' wrote more than ${MAX_OUTPUT_BYTES} bytes`)),
    // Descendants that keep the output open are killed too.
    onExit: () => void confined.kill(),
  });
  stopWatching();

  const breach = confined.breach();
  await confined.release();
  if (breach === undefined) return killedAs ?? outcomeOf(module, exit, { mask: deps.mask });
  deps.strikes.add(module, parameters, { breach, nowMs: deps.now() });
  return breachOutcome(module, breach);
}

/** Returns the reason why an operation must not start, if any. */
function findObstacle({ ending }: Deps, { module, cancelled, timeoutMs }: Task): Outcome | undefined {
  if (cancelled.aborted) return failure('cancelled', CANCELLED_BY_PLATFORM);
  if (ending.aborted) return failure('failed', 'interrupted: the agent ended before the module started');
  if (timeoutMs > 0) return undefined;
  return failure('timeout', `module '${module}' had no time left before the action expired`);
}

/** Kills the module at its timeout, when it is cancelled, and when the agent ends. Returns a function that stops this. */
function watchDeadlines(
  { ending }: Deps,
  { task, kill }: { task: Task; kill: (outcome: Outcome) => void },
): () => void {
  const { module, timeoutMs, cancelled } = task;
  const onTimeout = () =>
    kill(failure('timeout', `module '${module}' was killed after ${(timeoutMs / 1000).toFixed(1)} s`));
  const onCancelled = () => kill(failure('cancelled', CANCELLED_BY_PLATFORM));
  const onEnding = () => kill(failure('failed', 'interrupted: the agent ended while the module ran'));
  const timer = setTimeout(onTimeout, timeoutMs);
  cancelled.addEventListener('abort', onCancelled);
  ending.addEventListener('abort', onEnding);
  return () => {
    clearTimeout(timer);
    cancelled.removeEventListener('abort', onCancelled);
    ending.removeEventListener('abort', onEnding);
  };
}

function breachOutcome(module: string, breach: Breach): Outcome {
  return failure('failed', `module '${module}' was killed: ${describeBreach(breach)}`);
}
