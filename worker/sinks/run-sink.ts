import { randomUUID } from 'node:crypto';
import type { Checkpoint } from '../../activities/deps.ts';
import { errorMessage } from '../../contract/errors.ts';
import { settleWithin } from '../../platform/async/settle-within.ts';
import { createWakeUp } from '../../platform/async/wake-up.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import type { Logger } from '../../platform/log.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import {
  advanceReader,
  claimEvents,
  type EventBatch,
  type Holder,
  keepClaim,
  releaseClaim,
} from '../../platform/postgres/queries/event-claims.ts';
import { hasUnread } from '../../platform/postgres/queries/events.ts';
import type { Sink } from './sink.ts';

const BATCH = 100;
/** The pause while an event waits for a transaction that began before it. */
const SOON_MS = 250;
/** Failures in a row double the pause, from one second to a minute. */
const MAX_DOUBLINGS = 6;
/** A notification may be lost, and the worker that writes may end. */
const MAX_PAUSE_MS = 5_000;
/** A write that takes longer is reported. */
const WRITE_LIMIT_MS = 20_000;
/** The claim of a write is renewed at its limit: it must last longer, also where the database is slow. */
const LIMITS_IN_LEASE = 3;
/** How long the end of the process waits for a write. */
const STOP_MS = 5_000;

interface SinkDeps {
  pool: Pool;
  log: Logger;
  checkpoint: (name: Checkpoint) => void;
  writeLimitMs?: number;
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
  const writer = createWriter(deps, sink);
  let failures = 0;
  /** Returns the pause until the next round. */
  const round = async (): Promise<number> => {
    try {
      const pauseMs = await writer.writeNext();
      if (failures > 0) log.info({ sink: sink.name, failures }, 'events are written again');
      failures = 0;
      return pauseMs;
    } catch (error) {
      failures++;
      if (failures === 1) log.error({ sink: sink.name, error: errorMessage(error) }, 'events not written');
      return writer.isWriting() ? 0 : 1000 * 2 ** Math.min(failures - 1, MAX_DOUBLINGS);
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
      await settleWithin(STOP_MS, writing);
    },
  };
}

/** Writes one batch after the other. */
function createWriter({ pool, log, checkpoint, writeLimitMs = WRITE_LIMIT_MS }: SinkDeps, sink: Sink) {
  const holder: Holder = {
    reader: sink.name,
    holder: randomUUID(),
    leaseMs: LIMITS_IN_LEASE * writeLimitMs,
  };
  let writing: Promise<void> | undefined;

  const write = async (batch: EventBatch): Promise<void> => {
    checkpoint('after claim before sink');
    try {
      await sink.write(batch.events);
    } catch (error) {
      // It ends by itself as well.
      await releaseClaim(pool, holder).catch(() => {});
      throw error;
    }
    checkpoint('after sink before mark');
    if (await advanceReader(pool, holder, batch)) return;
    log.warn({ sink: sink.name, events: batch.events.length }, 'another worker writes these events again');
  };
  return {
    isWriting: () => writing !== undefined,
    /**
     * Writes the next events, and returns the pause until there may be more. A write beyond its limit goes on: it may still
     * reach the disk, so the next call waits for it, and nobody else may write meanwhile.
     */
    async writeNext(): Promise<number> {
      if (writing === undefined) {
        const batch = await claimEvents(pool, holder, BATCH);
        if (batch === undefined) return (await hasUnread(pool, sink.name)) ? SOON_MS : MAX_PAUSE_MS;
        writing = write(batch).finally(() => {
          writing = undefined;
        });
      }
      try {
        await withTimeout(writeLimitMs, writing, `nothing was written for ${writeLimitMs / 1000} seconds`);
      } catch (error) {
        if (writing !== undefined) await keepClaim(pool, holder);
        throw error;
      }
      return 0;
    },
  };
}
