import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGENT_CAPABILITIES } from '../../../../contract/capabilities.ts';
import { needsOf } from '../../../../contract/rules/agent-needs.ts';

const PLAIN = { paths: ['/etc'], names: ['^a$'], options: { matchall: true, maxdepth: 3 } };

function capabilitiesFor(search: object, options: object = {}): string[] {
  const parameters = { searches: { s1: PLAIN, s2: { ...PLAIN, ...search, options } } };
  return capabilitiesIn([{ module: 'file', parameters }]);
}

function capabilitiesIn(operations: Parameters<typeof needsOf>[0]): string[] {
  return needsOf(operations).flatMap(({ kind, name }) => (kind === 'capability' ? [name] : []));
}

describe('what an agent must have announced', () => {
  test('is each module once, and nothing more for what MIG knows', () => {
    const operations = ['file', 'pkg', 'file'].map((module) => ({
      module,
      parameters: { searches: { s1: PLAIN } },
    }));
    expect(needsOf(operations)).toEqual([
      { kind: 'module', name: 'file', text: 'the module file' },
      { kind: 'module', name: 'pkg', text: 'the module pkg' },
    ]);
  });

  test('is a word for each family of additions that some search uses', () => {
    for (const list of ['owners', 'groups', 'perms', 'ctimes', 'btimes']) {
      expect(capabilitiesFor({ [list]: ['x'] })).toEqual(['file-attributes']);
    }
    expect(capabilitiesFor({ excludes: ['/etc/x'] })).toEqual(['file-scope']);
    expect(capabilitiesFor({}, { xdev: true })).toEqual(['file-scope']);
    expect(capabilitiesFor({}, { count: true })).toEqual(['file-count']);
    expect(capabilitiesFor({}, { maxtime: '10s' })).toEqual(['file-maxtime']);
    expect(capabilitiesFor({ owners: ['x'], excludes: ['/y'] }, { count: true })).toEqual([
      'file-attributes',
      'file-scope',
      'file-count',
    ]);
  });

  test('ignores the case of names, as the agents that know them do', () => {
    fc.assert(
      fc.property(
        fc.mixedCase(fc.constant('owners')),
        fc.mixedCase(fc.constant('searches')),
        (key, outer) => {
          const parameters = { searches: null, [outer]: { s1: { [key]: ['root'] } } };
          expect(capabilitiesIn([{ module: 'file', parameters }])).toEqual(['file-attributes']);
        },
      ),
    );
  });

  test('is nothing for an addition that is not set', () => {
    expect(capabilitiesFor({ owners: [], groups: null, excludes: [] }, { xdev: false, maxtime: '' })).toEqual(
      [],
    );
  });

  test('is a word of its own for more operations than the agents of MIG bear', () => {
    const operations = (count: number) =>
      Array.from({ length: count }, () => ({ module: 'pkg', parameters: {} }));
    expect(capabilitiesIn(operations(6))).toEqual([]);
    expect(capabilitiesIn(operations(7))).toEqual(['many-operations']);
  });

  test('is a word in place of the module for a name that no agent lists', () => {
    expect(needsOf([{ module: 'connected', parameters: {} }]).map(({ kind, name }) => [kind, name])).toEqual([
      ['capability', 'former-modules'],
    ]);
  });

  test('is every addition of the module where nobody can read the parameters', () => {
    const capabilities = capabilitiesIn([{ module: 'file', parameters: 'H4sIAAAA' }]);
    expect(capabilities).toEqual(AGENT_CAPABILITIES.filter((word) => word.startsWith('file-')));
    expect(capabilitiesIn([{ module: 'pkg', parameters: 'H4sIAAAA' }])).toEqual([]);
  });

  test('is found in any parameters without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (parameters) => {
        expect(needsOf([{ module: 'file', parameters }])[0]?.name).toBe('file');
      }),
    );
  });
});
