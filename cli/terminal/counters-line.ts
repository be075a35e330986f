import type { Progress } from '../../contract/api-responses.ts';

/** `inflight: 3 targeted, 2 done, 1 with matches, 0 with errors` */
export function progressLine({ status, paused, counters, matches, errors, brakes }: Progress): string {
  const { sent = 0, done = 0 } = counters;
  const state = paused ? `${status}, paused` : status;
  const held = brakes?.state ? `; ${brakes.state}` : '';
  return `${state}: ${sent} targeted, ${done} done, ${matches} with matches, ${errors} with errors${held}`;
}

/**
 * `3 sent, 3 done, 2 succeeded, 1 expired`, without zeros. MIG's counters call every answer a success, even that of a failed
 * module; here these are counted separately.
 */
export function countersLine(counters: Record<string, number>, moduleFailures = 0): string {
  const succeeded = Math.max(0, (counters.success ?? 0) - moduleFailures);
  const counts: [number | undefined, string][] = [
    [counters.sent, 'sent'],
    [counters.done, 'done'],
    [succeeded, 'succeeded'],
    [moduleFailures, 'answered that it failed'],
    [counters.cancelled, 'cancelled'],
    [counters.expired, 'expired'],
    [counters.failed, 'failed'],
    [counters.timeout, 'timed out'],
    [counters.inflight, 'in flight'],
  ];
  return counts.flatMap(([count, word]) => (count ? [`${count} ${word}`] : [])).join(', ') || '0 sent';
}
