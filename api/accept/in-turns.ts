import { setImmediate as nextTurn } from 'node:timers/promises';

const TURN_MS = 10;

/** Runs work that comes in steps, and lets other requests go first whenever it took its turn. */
export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  let turnEnds = performance.now() + TURN_MS;
  let step = steps.next();
  while (!step.done) {
    if (performance.now() >= turnEnds) {
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    step = steps.next();
  }
  return step.value;
}
