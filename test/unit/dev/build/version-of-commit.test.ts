import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { sourceTimeS, versionOfCommit } from '../../../../dev/build/version-of-commit.ts';

const commit = (format: string) =>
  execFileSync('git', ['log', '-1', `--format=${format}`], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  }).trim();

test('a build has the time of its commit, in UTC, and twelve digits of its name', () => {
  const time = new Date(Number(commit('%ct')) * 1000).toISOString().replace(/[-T:]/g, '').slice(0, 12);
  expect(versionOfCommit('prod')).toBe(`${time}+${commit('%H').slice(0, 12)}.prod`);
});

test('SOURCE_DATE_EPOCH counts before the time of the commit', () => {
  expect(sourceTimeS({ SOURCE_DATE_EPOCH: '1700000000' })).toBe(1_700_000_000);
  expect(sourceTimeS({})).toBe(Number(commit('%ct')));
});

test('a SOURCE_DATE_EPOCH that is no number of seconds is refused', () => {
  for (const text of ['', 'now', '-1', '1.5', '12345678901'])
    expect(() => sourceTimeS({ SOURCE_DATE_EPOCH: text }), text).toThrow('SOURCE_DATE_EPOCH');
});
