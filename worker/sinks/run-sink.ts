import type { Checkpoint } from '../../activities/deps.ts';
import { errorMessage } from '../../contract/errors.ts';
import { createWakeUp } from '../../platform/async/wake-up.ts';
import type { Logger } from '../../platform/log.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { hasUnread, readEvents } from '../../platform/postgres/queries/events.ts';
import type { Sink } from './sink.ts';

const BATCH = 100;
/** The pause while an event waits for a transaction that began before it. */
const SOON_MS = 250;
/** Failures in a row double the pause, from one second to a minute. */
const MAX_DOUBLINGS = 6;
/** A notification may be lost, and the worker that writes may end. */
const MAX_PAUSE_MS = 5_000;

interface SinkDeps {
  pool: Pool;
  log: Logger;
  checkpoint: (name: Checkpoint) => void;
}

export interface RunningSink extends AsyncDisposable {
  /** There may be new events. */
  wake: () => void;
}

/** Writes the outbox to a sink. Of several workers with this sink one writes at a time; its position is common to all. */
export function runSink(deps: SinkDeps, sink: Sink): RunningSink {
  const { log } = deps;
  const wakeUp = createWakeUp();
  const stop = new AbortController();
  let failures = 0;
  /** Returns the pause until the next round. */
  const round = async (): Promise<number> => {
    try {
      const pauseMs = await writeNext(deps, sink);
      if (failures > 0) log.info({ sink: sink.name, failures }, 'events are written again');
      failures = 0;
      return pauseMs;
    } catch (error) {
      failures++;
      if (failures === 1) log.error({ sink: sink.name, error: errorMessage(error) }, 'events not written');
      return 1000 * 2 ** Math.min(failures - 1, MAX_DOUBLINGS);
    }
  };
  const writing = (async () => {
    while (!stop.signal.aborted) {
      const pauseMs = await round();
      if (!stop.signal.aborted) await wakeUp.wait(pauseMs);
    }
    await sink.close();
  })();
  return {
    // A sink in trouble keeps to its pauses.
    wake: () => {
      if (failures === 0) wakeUp.wake();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      wakeUp.wake();
      await writing;
    },
  };
}

async function writeNext({ pool, checkpoint }: SinkDeps, sink: Sink): Promise<number> {
  const written = await readEvents(pool, { reader: sink.name, limit: BATCH }, async (events) => {
    await sink.write(events);
    checkpoint('after sink before mark');
  });
  if (written > 0) return 0;
  return (await hasUnread(pool, sink.name)) ? SOON_MS : MAX_PAUSE_MS;
}
