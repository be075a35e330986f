import { expect, test } from 'vitest';
import { persistence } from '../../../../modules/persistence/module.ts';
import { maskResult } from '../../../../modules/persistence/result.ts';

const problem = (search: Record<string, unknown>) =>
  persistence.checkParameters({ searches: { s1: search } });

test.each([
  [{ kinds: ['crons'] }, 'kind "crons": must be one of systemd, timer, cron'],
  [{ names: ['('] }, 'name "(": Invalid regexp'],
  [{ mtimes: ['7d'] }, 'mtime "7d": must be <'],
  [{ users: [''] }, 'user "": must not be empty'],
  [{ options: { matchlimit: 0.5 } }, 'matchlimit 0.5'],
])('%j is refused by name', (search, expected) => {
  expect(problem(search)).toContain(expected);
});

test('flags become one search, with matchall by default', () => {
  expect(persistence.parseFlags(['-kind', 'cron', '-command', 'x', '-enabled'])).toEqual({
    searches: {
      s1: { kinds: ['cron'], commands: ['x'], enabled: true, options: { matchall: true, matchlimit: 1000 } },
    },
  });
  expect(persistence.findFlagMistake?.({ matchall: true, matchany: true })).toContain('-matchany');
  expect(persistence.findMistake?.({ searches: { s1: {} } })).toContain('no check');
  expect(persistence.findMistake?.({ searches: { s1: { enabled: false } } })).toBeUndefined();
});

const match = {
  kind: 'cron',
  name: 'ada',
  path: '/var/spool/cron/crontabs/ada',
  user: 'ada',
  enabled: true,
  mtime: '2026-01-01T00:00:00Z',
  sha256: 'ab',
  checks: ["kind='cron'"],
};
const result = {
  foundanything: true,
  success: true,
  elements: { s1: [match, { ...match, enabled: false, mtime: '', sha256: '' }], s2: [] },
  statistics: { itemcount: 9, totalhits: 2, exectime: '1ms' },
  errors: ['only 9 files were read in /home/a\nb c/.x', 'why'],
  limits: ['only 9 files were read in /home/a\nb c/.x'],
};

test('matches are printed, each with its checks', () => {
  expect(persistence.print(result, { foundOnly: false })).toEqual([
    "cron ada /var/spool/cron/crontabs/ada [user:ada, enabled, mtime:2026-01-01T00:00:00Z, sha256:ab] in search 's1' on checks kind='cron'",
    "cron ada /var/spool/cron/crontabs/ada [user:ada, not enabled] in search 's1' on checks kind='cron'",
    "0 match found in search 's2'",
    'only 9 files were read in /home/a\nb c/.x',
    'why',
    'Statistics: 9 items checked, 2 matched, ran in 1ms.',
  ]);
  expect(persistence.print(result, { foundOnly: true })).toHaveLength(2);
});

test('extra privacy masks names, paths and users, those in errors included', () => {
  expect(JSON.stringify(maskResult(result))).not.toContain('ada');
  expect(maskResult(result).limits).toEqual(['only 9 files were read in masked']);
  const limits = [
    'the search was ended after 1 s, at /home/x: nothing after it was searched: nothing after it was searched',
    'permission denied: 1 files or folders, as of HKEY_USERS\\S-1-5-21-1\\Run',
  ];
  expect(maskResult({ ...result, limits }).limits).toEqual([
    'the search was ended after 1 s, at masked: nothing after it was searched',
    'permission denied: 1 files or folders, as of masked',
  ]);
});
