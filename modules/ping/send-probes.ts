import { setTimeout as sleep } from 'node:timers/promises';
import type { RunTerms } from '../module.ts';
import type { Outcome, Probe } from './outcome.ts';

/** Numbers that stand for a probe without an answer, as on the wire. */
export const LATENCY = { timeout: 9_999_999, refused: -1, failed: 0 } as const;

interface Probes {
  latencies: number[];
  failures: string[];
  foundAnything: boolean;
  /** Why there are fewer probes than wanted. */
  limit?: string;
}

interface Options {
  count: number;
  timeoutMs: number;
  /** UDP has no acknowledgement: silence may mean that the port is open. */
  silenceIsFound: boolean;
  terms: Pick<RunTerms, 'endsAtMs' | 'maxBytes'>;
}

const PAUSE_MS = 100;
/** The share of a result that its lists may have, and the bytes of a latency in JSON. */
const SHARE_OF_PROBES = 0.8;
const LATENCY_BYTES = 24;

/** Sends probes one after the other, until the deadline. */
export async function sendProbes(probe: Probe, options: Options): Promise<Probes> {
  const { count, timeoutMs, silenceIsFound, terms } = options;
  const probes: Probes = { latencies: [], failures: [], foundAnything: false };
  let leftBytes = terms.maxBytes * SHARE_OF_PROBES;
  for (let sequence = 1; sequence <= count; sequence++) {
    const leftMs = terms.endsAtMs - performance.now();
    const done = `${sequence - 1} of ${count} probes were completed`;
    const endedEarly = `the ping reached its time limit: ${done}`;
    if (leftBytes <= 0) return { ...probes, limit: `the answer is full: ${done}` };
    if (leftMs <= 0) return { ...probes, limit: endedEarly };
    const outcome = await probe({ sequence, timeoutMs: Math.min(timeoutMs, leftMs) });
    // The deadline, not the host, has ended a probe that had less than its own time.
    if (outcome.type === 'timeout' && leftMs < timeoutMs) return { ...probes, limit: endedEarly };
    leftBytes -= note(probes, { outcome, sequence });
    probes.foundAnything ||= outcome.type === 'answered' || (silenceIsFound && outcome.type === 'timeout');
    await sleep(Math.min(PAUSE_MS, Math.max(0, terms.endsAtMs - performance.now())));
  }
  return probes;
}

/** Returns about how many bytes the result grows by. */
function note(probes: Probes, { outcome, sequence }: { outcome: Outcome; sequence: number }): number {
  probes.latencies.push(outcome.type === 'answered' ? outcome.ms : LATENCY[outcome.type]);
  if (outcome.type !== 'failed') return LATENCY_BYTES;
  const failure = `ping #${sequence} failed with error: ${outcome.why}`;
  probes.failures.push(failure);
  return LATENCY_BYTES + Buffer.byteLength(failure) + 3;
}
