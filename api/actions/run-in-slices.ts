import { setImmediate as yieldToOthers } from 'node:timers/promises';

const SLICE_MS = 10;

/** Runs a generator to its end, and yields to other requests after each slice of time. */
export async function runInSlices<T>(steps: Generator<void, T>): Promise<T> {
  let sliceEndsAt = performance.now() + SLICE_MS;
  let step = steps.next();
  while (!step.done) {
    if (performance.now() >= sliceEndsAt) {
      await yieldToOthers();
      sliceEndsAt = performance.now() + SLICE_MS;
    }
    step = steps.next();
  }
  return step.value;
}
