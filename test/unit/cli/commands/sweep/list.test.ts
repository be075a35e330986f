import { expect, test } from 'vitest';
import { lostLines, signedUntil } from '../../../../../cli/commands/sweep/list.ts';
import { SweepView } from '../../../../../contract/sweep/item.ts';

const DAY_MS = 24 * 3600_000;

const viewOf = (changes: object) =>
  SweepView.parse({
    id: 1,
    name: 'all nights',
    description: '',
    target: 'true',
    schedule: ['0 3 * * *'],
    timezone: 'UTC',
    overlap: 'skip',
    jitter: 0,
    catchup: 0,
    validity: 60_000,
    paused: false,
    createdat: '2026-01-01T00:00:00Z',
    checks: 1,
    signedruns: 0,
    signeduntil: null,
    lastrun: null,
    ...changes,
  });

test('a sweep warns when its signed runs end within three weeks', () => {
  const until = (days: number) => {
    const signeduntil = new Date(Date.now() + days * DAY_MS).toISOString();
    return signedUntil(viewOf({ signedruns: 5, signeduntil }));
  };
  expect(until(22)).not.toContain('soon');
  expect(until(20)).toContain("which is soon: mig sweep sign 'all nights'");
  expect(signedUntil(viewOf({}))).toContain('no run is signed');
});

test('runs that will not begin are listed with their signer, the reason and the command', () => {
  const lost = { name: 'John', fingerprint: 'F'.repeat(40), runs: 3, why: 'the investigator is disabled' };
  expect(lostLines(viewOf({ lostsigners: [lost] }))).toEqual([
    `3 runs signed by John (${lost.fingerprint}) will not begin, because the investigator is disabled: mig sweep sign 'all nights' -until 90d`,
  ]);
  expect(lostLines(viewOf({}))).toEqual([]);
});
