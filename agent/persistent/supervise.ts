import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { type ModuleSession, openSession, type SessionOptions } from './module-session.ts';
import { RESTART_DELAY, restartDelayMs } from './restart-delay.ts';

/** A persistent module of the running agent, as `mig-agent -q status` shows it. */
export interface ModuleState {
  name: string;
  /** `running` once it has registered its socket; `waiting` for the next start. */
  state: 'starting' | 'running' | 'waiting';
  pid?: number;
  restarts: number;
  /** Why its process ended the last time. */
  lastend?: string;
}

export interface SupervisedModule extends AsyncDisposable {
  state(): ModuleState;
  /** `unix:<path>`, once the module has registered it. */
  socket(): string | undefined;
  /** False when the module does not run, or has too many alerts waiting. */
  feedAlert(message: string): boolean;
}

export interface SuperviseOptions extends SessionOptions {
  /** Called when a module that ran well ends, and when it runs well again. */
  onHealth(health: { isHealthy: boolean; why: string }): void;
  log: Logger;
}

/**
 * Keeps a persistent module running until disposed, and starts it again after a pause whenever it ends
 * (spec/modules/README.md#supervision).
 */
export function supervise(options: SuperviseOptions): SupervisedModule {
  const stop = new AbortController();
  const status: Status = { restarts: 0, failures: 0, lastEnd: undefined, session: undefined };
  const running = keepRunning(options, { status, signal: stop.signal });
  return {
    socket: () => status.session?.socket(),
    feedAlert: (message) => status.session?.feedAlert(message) ?? false,
    state: () => stateOf(options.name, status),
    async [Symbol.asyncDispose]() {
      stop.abort();
      status.session?.end('the agent ended');
      await running;
    },
  };
}

interface Status {
  restarts: number;
  /** Without a healthy time in between. */
  failures: number;
  lastEnd: string | undefined;
  session: ModuleSession | undefined;
}

function stateOf(name: string, { restarts, lastEnd, session }: Status): ModuleState {
  const started = session?.socket() === undefined ? 'starting' : 'running';
  return {
    name,
    state: session === undefined ? 'waiting' : started,
    ...(session && { pid: session.pid }),
    restarts,
    ...(lastEnd !== undefined && { lastend: lastEnd }),
  };
}

interface Task {
  status: Status;
  signal: AbortSignal;
}

async function keepRunning(options: SuperviseOptions, { status, signal }: Task): Promise<void> {
  const { name, log, onHealth } = options;
  while (!signal.aborted) {
    const startMs = performance.now();
    const why = await runOnce(options, { status, signal });
    if (signal.aborted) return;
    const wasHealthy = performance.now() - startMs >= RESTART_DELAY.healthyMs;
    status.failures = wasHealthy ? 1 : status.failures + 1;
    status.lastEnd = why;
    const delayMs = restartDelayMs(status.failures, RESTART_DELAY);
    log.warn({ module: name, why, restartMs: delayMs }, 'persistent module ended');
    if (status.failures === 1) onHealth({ isHealthy: false, why });
    await sleep(delayMs, undefined, { signal }).catch(() => {}); // aborted
    status.restarts++;
  }
}

/** Returns the reason why the process ended. */
async function runOnce(options: SuperviseOptions, { status, signal }: Task): Promise<string> {
  const { name, log, onHealth } = options;
  const healthy = setTimeout(() => {
    if (status.lastEnd !== undefined) onHealth({ isHealthy: true, why: '' });
  }, RESTART_DELAY.healthyMs);
  try {
    const session = await openSession(options);
    status.session = session;
    log.info({ module: name, childPid: session.pid }, 'persistent module started');
    if (signal.aborted) session.end('the agent ended');
    return await session.ended;
  } catch (error) {
    return `it did not start: ${errorMessage(error)}`;
  } finally {
    clearTimeout(healthy);
    status.session = undefined;
  }
}
