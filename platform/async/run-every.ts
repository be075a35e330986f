import { setTimeout as sleep } from 'node:timers/promises';

interface RunEveryOptions {
  /** The pause between the end of one run and the start of the next. */
  everyMs: number;
  /** Must not reject. Returns `'done'` when no further run is needed. */
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Runs work at once and then periodically, never twice at the same time. Disposal waits for the current run. */
export function runEvery({ everyMs, run }: RunEveryOptions): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const loop = async () => {
    while (!signal.aborted) {
      if ((await run(signal)) === 'done') return;
      await sleep(everyMs, undefined, { signal }).catch(() => {}); // aborted
    }
  };
  const running = loop();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
