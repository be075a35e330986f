const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pauses after the first try, the second one, and so on, as Standard Webhooks has them: 10 tries in three days. */
export const RETRY_PAUSES_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** Receivers that were away get what waited for them spread over a tenth more of the pause. */
const JITTER = 0.1;
const MAX_QUIET_MS = 24 * HOUR;

interface Failure {
  /** Tries until now, this one included. */
  attempts: number;
  /** What the receiver asked for. */
  quietMs: number;
  pausesMs: readonly number[];
  /** From 0 to 1. */
  random: number;
}

/** How long to wait until the next try; undefined after the last one. */
export function retryAfterMs({ attempts, quietMs, pausesMs, random }: Failure): number | undefined {
  const pauseMs = pausesMs[attempts - 1];
  if (pauseMs === undefined) return undefined;
  return Math.round(Math.max(pauseMs, quietMs) * (1 + JITTER * random));
}

/** Answers of a receiver that is overloaded, or behind a gateway that cannot reach it. */
const OVERLOADED: readonly number[] = [429, 502, 503, 504];
const DEFAULT_QUIET_MS = 30 * SECOND;

/** How long to send nothing to a receiver after its answer: a day at most. `retryAfter` is its header. */
export function quietMsAfter(
  { status, retryAfter }: { status: number | undefined; retryAfter: string | undefined },
  nowMs: number,
): number {
  if (status === undefined || !OVERLOADED.includes(status)) return 0;
  const asked = parseRetryAfter(retryAfter, nowMs);
  return asked === undefined ? DEFAULT_QUIET_MS : Math.min(Math.max(asked, 0), MAX_QUIET_MS);
}

/** Seconds, or a date of HTTP. */
function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs - nowMs;
}
