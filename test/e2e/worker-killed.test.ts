import { once } from 'node:events';
import { test } from 'vitest';
import { postAction } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { CHECKPOINTS, startCrashWorker } from '../setup/crash-worker.ts';
import { commandsByStatus, log, openAgents, openPlatform, waitForEnd } from '../setup/platform.ts';

const AGENTS = 200;

test.concurrent.for(CHECKPOINTS)(
  'a worker killed %s loses nothing and runs nothing twice',
  async (point, { expect: check }) => {
    await using platform = await openPlatform({ worker: false });
    // The first worker declares the relay's topology, stores the heartbeats, and is stopped normally.
    const preparing = await startWorker({ config: platform.workerConfig, log });
    await using agents = await openAgents(platform, { count: AGENTS });
    await preparing[Symbol.asyncDispose]();

    const crashing = startCrashWorker(platform, { at: point });
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
