import { expect, test } from 'vitest';
import { NO_TERMS } from '../../../../modules/module.ts';
import type { Outcome } from '../../../../modules/ping/outcome.ts';
import { sendProbes } from '../../../../modules/ping/send-probes.ts';

const OPTIONS = { count: 2, timeoutMs: 1000, silenceIsFound: false, terms: NO_TERMS };
const always = (outcome: Outcome) => async () => outcome;

test('each outcome has its number, and only failures have a text', async () => {
  const outcomes: Outcome[] = [
    { type: 'answered', ms: 1.5 },
    { type: 'timeout' },
    { type: 'refused' },
    { type: 'failed', why: 'no route to host' },
  ];
  const probe = async ({ sequence }: { sequence: number }) =>
    outcomes[sequence - 1] ?? { type: 'refused' as const };
  expect(await sendProbes(probe, { ...OPTIONS, count: 4 })).toEqual({
    latencies: [1.5, 9_999_999, -1, 0],
    failures: ['ping #4 failed with error: no route to host'],
    foundAnything: true,
  });
});

test('silence counts as found only where it may mean an open port', async () => {
  const silent = always({ type: 'timeout' });
  expect((await sendProbes(silent, OPTIONS)).foundAnything).toBe(false);
  expect((await sendProbes(silent, { ...OPTIONS, silenceIsFound: true })).foundAnything).toBe(true);
  const refused = always({ type: 'refused' });
  expect((await sendProbes(refused, { ...OPTIONS, silenceIsFound: true })).foundAnything).toBe(false);
});

test('a count below 1 sends nothing', async () => {
  expect(await sendProbes(always({ type: 'refused' }), { ...OPTIONS, count: -1 })).toEqual({
    latencies: [],
    failures: [],
    foundAnything: false,
  });
});

test('the deadline ends the ping, says where, and is no timeout of the host', async () => {
  const terms = { ...NO_TERMS, endsAtMs: performance.now() + 50 };
  const probes = await sendProbes(always({ type: 'timeout' }), { ...OPTIONS, count: 1, terms });
  expect(probes).toEqual({
    latencies: [],
    failures: [],
    foundAnything: false,
    limit: 'the ping reached its time limit: 0 of 1 probes were completed',
  });
  const late = await sendProbes(always({ type: 'refused' }), { ...OPTIONS, count: 1_000_000, terms });
  expect(late.limit).toMatch(/^the ping reached its time limit: \d of 1000000 probes were completed$/);
  expect(late.latencies.length).toBeLessThan(10);
});

test('an answer that is full ends the ping', async () => {
  const failing = always({ type: 'failed', why: 'x'.repeat(100) });
  const probes = await sendProbes(failing, { ...OPTIONS, terms: { ...NO_TERMS, maxBytes: 100 } });
  expect(probes.latencies).toEqual([0]);
  expect(probes.limit).toBe('the answer is full: 1 of 2 probes were completed');
});
