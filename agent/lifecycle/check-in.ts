import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentConfig } from '../config/config.ts';
import { type RunningAgent, startAgent } from './start-agent.ts';

/** The check-in ends after this long without messages and work (concepts.rst#check-in-mode). */
const QUIET_MS = 10_000;
const POLL_MS = 250;
/** The longest check-in, in module timeouts, as in MIG. */
const MODULE_TIMEOUTS = 1.1;

/**
 * For machines that must not have a permanent process: connects, runs the waiting commands, answers and ends. A check-in
 * lasts at most 110 % of the module timeout, as in MIG, plus two seconds for answers. Throws when the relay was not reached.
 */
export async function checkIn(
  config: AgentConfig,
  { log, stop }: { log: Logger; stop: Promise<unknown> },
): Promise<void> {
  const deadline = performance.now() + MODULE_TIMEOUTS * config.moduleTimeoutMs;
  await using agent = await startAgent({ config, mode: 'checkin', log });
  const progress = trackProgress(agent, stop);
  try {
    while (!progress.isStopped) {
      if (performance.now() > deadline) {
        if (!progress.isConnected) throw notReached();
        log.warn('check-in ended at its time limit');
        return;
      }
      if (isDone(agent, progress)) return;
      await sleep(POLL_MS);
    }
  } finally {
    await agent.endWork(0);
  }
}

interface Progress {
  isConnected: boolean;
  isStopped: boolean;
}

/** Changes as the agent connects or is stopped. */
function trackProgress(agent: RunningAgent, stop: Promise<unknown>): Progress {
  const progress = { isConnected: false, isStopped: false };
  void agent.connected.then(() => {
    progress.isConnected = true;
    agent.work.lastActivityMs = performance.now();
  });
  void stop.then(() => {
    progress.isStopped = true;
  });
  return progress;
}

function isDone(agent: RunningAgent, { isConnected }: Progress): boolean {
  const isQuiet = !agent.isBusy() && performance.now() - agent.work.lastActivityMs > QUIET_MS;
  return isConnected && isQuiet && agent.unconfirmed() === 0;
}

function notReached(): MigError {
  return new MigError('unavailable', 'the relay was not reached; no command was fetched');
}
