import { describe, expect, test } from 'vitest';
import { compareVersions, isSafeVersion } from '../../../../contract/rules/agent-version.ts';

describe('order of versions', () => {
  test.each([
    ['20150324+0d0f88c.prod', '20150323+aaaaaaa.prod', 'newer'],
    ['20150324+0d0f88c.prod', '20150325+aaaaaaa.prod', 'older'],
    ['20150324+0d0f88c.prod', '20150324+0d0f88c.prod', 'same'],
    ['16eb58b-201404021544', '16eb58b-201404021543', 'newer'],
    ['16eb58b-201404021544', '20150324+0d0f88c.prod', 'older'],
    ['202611241200+abc.dev', '20261123-abc', 'newer'],
    ['20240101-abc', '0.unversioned', 'not comparable'],
    ['0.unversioned', '20240101-abc', 'not comparable'],
  ])('%s compared with %s is %s', (candidate, current, order) => {
    expect(compareVersions(candidate, current)).toBe(order);
  });

  test('a time of day cannot be compared with the same day without a time', () => {
    expect(compareVersions('202611241200+abc.dev', '20261124+def.dev')).toBe('not comparable');
  });

  test('two commits of the same minute cannot be compared', () => {
    expect(compareVersions('202611241200+abc.dev', '202611241200+def.dev')).toBe('not comparable');
  });

  test('digits that are no date count as a commit', () => {
    expect(compareVersions('20261124+99999999.dev', '20261123+12345678.dev')).toBe('newer');
  });

  test('a version with two dates cannot be compared', () => {
    expect(compareVersions('20261124+20100101.dev', '20261123+abc.dev')).toBe('not comparable');
  });
});

test.each(['20150324+0d0f88c.prod', '16eb58b-201404021544', '0.unversioned'])('%s is safe', (version) => {
  expect(isSafeVersion(version)).toBe(true);
});

test.each(['', '../20150324', 'a/b', 'a\\b', 'a..b', '.hidden', '-V', 'a b', 'a\nb', `a${'b'.repeat(100)}`])(
  '%j is not safe in a file name',
  (version) => {
    expect(isSafeVersion(version)).toBe(false);
  },
);
