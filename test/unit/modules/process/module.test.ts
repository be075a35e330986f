import { describe, expect, test } from 'vitest';
import { process as module } from '../../../../modules/process/module.ts';
import { createTally } from '../../../../modules/process/tally.ts';
import { maskMatches } from '../../../../modules/search-plan.ts';

const problem = (search: Record<string, unknown>, label = 's1') =>
  module.checkParameters({ searches: { [label]: search } });

describe('parameters', () => {
  test.each([
    [{ names: ['('] }, 'name "(": Invalid regexp \'(\''],
    [{ commands: [''] }, 'command "": must not be empty'],
    [{ started: ['2h'] }, 'started "2h": must be <'],
    [{ parents: ['['] }, 'parent "["'],
    [{ sockets: ['x'] }, 'socket "x"'],
    [{ sha256: ['ab'] }, 'sha256 "ab": must be 64 hex digits'],
    [{ options: { matchlimit: -1 } }, 'matchlimit -1'],
    [{ deleted: 'yes' }, 'deleted'],
  ])('%j is refused by name', (search, expected) => {
    expect(problem(search)).toContain(expected);
  });

  test('of every kind are accepted', () => {
    expect(
      problem({
        names: ['a'],
        paths: ['b'],
        users: ['0', 'root'],
        started: ['<2h', '>1d'],
        parents: ['1', '^init$'],
        commands: ['c'],
        files: ['d'],
        sockets: ['remote 10.0.0.0/8:443'],
        sha256: ['ab'.repeat(32)],
        deleted: false,
      }),
    ).toBeUndefined();
    expect(problem({}, 'a b')).toContain("label 'a b'");
  });

  test('that are too large are refused before they cost a server time', () => {
    const refusal = (search: Record<string, unknown>) =>
      module.checkParametersInSteps?.({ searches: { s: search } }).next().value;
    expect(refusal({ parents: ['(((a{99}){99}){9})'.repeat(9)] })).toContain('too large');
    expect(refusal({ names: Array<string>(101).fill('a') })).toContain('more than 100 values');
  });
});

test('flags become one search, with matchall by default', () => {
  expect(module.parseFlags(['-name', 'a', '-user', 'root', '-deleted=false', '-matchlimit', '5'])).toEqual({
    searches: {
      s1: { names: ['a'], users: ['root'], deleted: false, options: { matchall: true, matchlimit: 5 } },
    },
  });
  expect(module.findFlagMistake?.({ matchall: true, matchany: true })).toContain('-matchany');
});

test('a search without a check is a mistake', () => {
  expect(module.findMistake?.({ searches: { s1: {} } })).toContain('no check');
  expect(module.findMistake?.({ searches: {} })).toContain('no search');
  expect(module.findMistake?.({ searches: { s1: { deleted: true } } })).toBeUndefined();
});

const match = {
  pid: 7,
  name: 'x',
  path: '/tmp/x',
  user: 'alice',
  started: '2026-01-01T00:00:00Z',
  checks: ["name='x'"],
};
const result = {
  foundanything: true,
  success: true,
  elements: { s1: [match], s2: [] },
  statistics: { processcount: 9, totalhits: 1, exectime: '1ms' },
  errors: ['why'],
};

test('matches are printed, each with its checks', () => {
  expect(module.print(result, { foundOnly: false })).toEqual([
    "/tmp/x [pid:7, name:x, user:alice, started:2026-01-01T00:00:00Z] in search 's1' on checks name='x'",
    "0 match found in search 's2'",
    'why',
    'Statistics: 9 processes checked, 1 matched, ran in 1ms.',
  ]);
  expect(module.print(result, { foundOnly: true })).toHaveLength(1);
});

test('extra privacy masks what names a program or a person', () => {
  expect(maskMatches(result).elements).toEqual({
    s1: [{ ...match, name: 'masked', path: 'masked', user: 'masked' }],
    s2: [],
  });
});

test('a fact that cannot be read is reported once, with the number of processes', () => {
  const tally = createTally();
  tally.processCount = 9;
  for (const pid of [5, 4, 4]) tally.addUnread('executable', { pid, code: 'EACCES' });
  tally.addUnread('sockets', { pid: 7, code: 'EMFILE' });
  expect(tally.denials()).toEqual([
    'permission denied: executable of 2 of 9 processes, for example process 4',
    'not read (EMFILE): sockets of 1 of 9 processes, for example process 7',
  ]);
});
