/** Loads at most once in so many milliseconds, however many ask; all who ask meanwhile get the same. */
export function snapshotOf<T>(maxAgeMs: number, now: () => number, load: () => Promise<T>): () => Promise<T> {
  let loaded: { at: number; value: Promise<T> } | undefined;
  return () => {
    const at = now();
    if (loaded && Math.abs(at - loaded.at) < maxAgeMs) return loaded.value;
    const fresh = { at, value: load() };
    loaded = fresh;
    fresh.value.catch(() => {
      if (loaded === fresh) loaded = undefined; // a failure is nobody's but theirs who waited for it
    });
    return fresh.value;
  };
}
