import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from './output.ts';

const SECONDS = 5;

/** Waits on a terminal for MIG's five seconds to reconsider a launch. Returns false after Ctrl-C. */
export async function countDown(output: Output): Promise<boolean> {
  if (!process.stderr.isTTY) return true;
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.on('SIGINT', onInterrupt);
  try {
    for (let left = SECONDS; left > 0; left--) {
      output.live(`launching in ${left} s, Ctrl-C stops it (-y skips this)`);
      await sleep(1000, undefined, { signal: stop.signal });
    }
    return true;
  } catch {
    output.note('nothing was launched');
    return false;
  } finally {
    output.endLive();
    process.off('SIGINT', onInterrupt);
  }
}
