interface CacheOptions<T> {
  maxAgeMs: number;
  now: () => number;
  load: () => Promise<T>;
}

/** Returns a function that calls `load` at most once per `maxAgeMs`; callers in between share its promise. */
export function cached<T>({ maxAgeMs, now, load }: CacheOptions<T>): () => Promise<T> {
  let latest: { loadedAtMs: number; value: Promise<T> } | undefined;
  return () => {
    const nowMs = now();
    // The absolute value: a clock that was set back must not keep the value for ever.
    if (latest && Math.abs(nowMs - latest.loadedAtMs) < maxAgeMs) return latest.value;
    const fresh = { loadedAtMs: nowMs, value: load() };
    latest = fresh;
    fresh.value.catch(() => {
      if (latest === fresh) latest = undefined; // a failure is never cached
    });
    return fresh.value;
  };
}
