import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentConfig } from '../config/config.ts';
import { startAgent } from './start-agent.ts';

/** After this long without a message and without work, nothing remains to be done (concepts.rst#check-in-mode). */
const QUIET_MS = 10_000;
const LOOK_EVERY_MS = 250;

/**
 * For machines that must not have a permanent process: connects, runs the waiting commands, answers and ends. It takes at
 * most 110 % of the module timeout, as in MIG, and two seconds for answers. Throws when the relay was not reached by then.
 */
export async function checkIn(
  config: AgentConfig,
  { log, stop }: { log: Logger; stop: Promise<unknown> },
): Promise<void> {
  const deadline = performance.now() + 1.1 * config.moduleTimeoutMs;
  await using agent = await startAgent({ config, mode: 'checkin', log });
  let isConnected = false;
  let isStopped = false;
  void agent.connected.then(() => {
    isConnected = true;
    agent.work.lastActivityMs = performance.now();
  });
  void stop.then(() => {
    isStopped = true;
  });
  try {
    while (!isStopped) {
      const now = performance.now();
      if (now > deadline) {
        if (!isConnected)
          throw new MigError('unavailable', 'the relay was not reached; nothing was checked in');
        log.warn('check-in ended at its time limit');
        return;
      }
      const isQuiet = !agent.isBusy() && now - agent.work.lastActivityMs > QUIET_MS;
      if (isConnected && isQuiet && agent.unconfirmed() === 0) return;
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    await agent.endWork(0);
  }
}
