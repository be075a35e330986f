import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentConfig } from '../config/config.ts';
import { startAgent } from './start-agent.ts';

/** No message and no work for so long: there is nothing more to do (concepts.rst#check-in-mode). */
const QUIET_MS = 10_000;
const LOOK_EVERY_MS = 250;

/**
 * For machines that tolerate no permanent process: connects, runs what waits, answers, ends. The whole of it takes at
 * most 110 % of the module timeout, as in MIG, and two seconds for answers; throws when the relay was not reached in that time.
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
