/** A signal with a time limit. Disposal stops its timer. */
export interface LimitedSignal {
  signal: AbortSignal;
  /** Lifts the time limit; the other signals still abort. */
  stopTimer(): void;
  dispose(): void;
}

/**
 * A signal that aborts after `ms`, or with any of the others. Node 20 may collect an AbortSignal.timeout within
 * AbortSignal.any as garbage, and then nothing aborts.
 */
export function abortAfter(ms: number | undefined, others: readonly AbortSignal[]): LimitedSignal {
  const stop = new AbortController();
  const onAbort = ({ target }: Event) =>
    stop.abort(target instanceof AbortSignal ? target.reason : undefined);
  const onTimeout = () => stop.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError'));
  const timer = ms === undefined ? undefined : setTimeout(onTimeout, ms);
  const stopTimer = () => clearTimeout(timer);
  for (const signal of others) {
    if (signal.aborted) stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
  }
  return {
    signal: stop.signal,
    stopTimer,
    dispose() {
      stopTimer();
      for (const signal of others) signal.removeEventListener('abort', onAbort);
    },
  };
}
