import { setImmediate } from 'node:timers/promises';

const INTERVAL_MS = 20;

/** Returns a function for long loops: called in each step, it lets timers run every few tens of milliseconds. */
export function createBreather(): () => Promise<void> | undefined {
  let lastMs = performance.now();
  return () => {
    if (performance.now() - lastMs < INTERVAL_MS) return undefined;
    return setImmediate().then(() => {
      lastMs = performance.now();
    });
  };
}
