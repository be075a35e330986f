const STALL_MS = 20_000;

/** Aborts a request when no bytes arrive for a while. */
export interface StallWatchdog {
  signal: AbortSignal;
  /** Called whenever bytes arrive. */
  restart(): void;
  stop(): void;
}

export function startStallWatchdog(stallMs = STALL_MS): StallWatchdog {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error(`no bytes arrived for ${stallMs / 1000} s`));
  let timer = setTimeout(abort, stallMs);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
