const STALL_MS = 20_000;

/** Aborts a request when no bytes arrive for 20 seconds. */
export interface StallWatchdog {
  signal: AbortSignal;
  /** Called whenever bytes arrive. */
  restart(): void;
  stop(): void;
}

export function startStallWatchdog(): StallWatchdog {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error(`no bytes arrived for ${STALL_MS / 1000} s`));
  let timer = setTimeout(abort, STALL_MS);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(abort, STALL_MS);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
