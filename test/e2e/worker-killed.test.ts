import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'vitest';
import type { Checkpoint } from '../../activities/deps.ts';
import { postAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startWorker } from '../../worker/start-worker.ts';
import {
  commandsByStatus,
  log,
  openAgents,
  openPlatform,
  type Platform,
  waitForEnd,
  workerEnv,
} from '../setup/platform.ts';

const AGENTS = 200;
const POINTS: Checkpoint[] = [
  'before publish',
  'before confirm',
  'before mark',
  'after commit before ack',
  'after ack before signal',
];

/** Starts a worker process that kills itself with SIGKILL at the checkpoint. */
function startCrashWorker(platform: Platform, crashAt: Checkpoint) {
  return spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'dev', 'crash-worker.ts')], {
    env: { ...process.env, ...workerEnv(platform), MIG_CRASH_AT: crashAt, MIG_LOG_LEVEL: 'silent' },
    stdio: 'ignore',
    cwd: ROOT,
  });
}

test.concurrent.for(POINTS)(
  'a worker killed %s loses nothing and runs nothing twice',
  async (point, { expect: check }) => {
    await using platform = await openPlatform({ worker: false });
    // The first worker declares the relay's topology, stores the heartbeats, and is stopped normally.
    const preparing = await startWorker({ config: platform.workerConfig, log });
    await using agents = await openAgents(platform, { count: AGENTS });
    await preparing[Symbol.asyncDispose]();

    const crashing = startCrashWorker(platform, point);
    const ended = once(crashing, 'exit');
    const id = await postAction(platform.api, {
      name: `killed ${point}`,
      expireAfterMs: Date.now() + 100_000,
    });
    const [, signal] = await ended;
    check(signal).toBe('SIGKILL');

    await using _successor = await startWorker({ config: platform.workerConfig, log });
    check((await waitForEnd(platform, id, 90_000)).status).toBe('completed');
    check(await commandsByStatus(platform, id)).toEqual({ success: AGENTS });
    await waitFor('the ledger', () => agents.ledger.size === AGENTS);
    check(agents.ledger.repeated()).toEqual([]);
  },
);
