import { setTimeout as sleep } from 'node:timers/promises';
import type { GlobalOptions } from '../arguments.ts';
import type { Output } from './output.ts';

const SECONDS = 5;

/** MIG's five seconds to think again, on a terminal. False when Ctrl-C came: nothing was launched. */
export async function countDown(output: Output, { isSure }: Pick<GlobalOptions, 'isSure'>): Promise<boolean> {
  if (isSure || !process.stderr.isTTY) return true;
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
    output.say('nothing was launched');
    return false;
  } finally {
    output.endProgress();
    process.off('SIGINT', onInterrupt);
  }
}
