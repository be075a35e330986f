import { expect, test } from 'vitest';
import { LOADER_TABLE } from '../../../../cli/records/other-tables.ts';
import type { LoaderView } from '../../../../contract/loader.ts';

function cellsOf(agentname: string): unknown[] {
  const record: LoaderView = {
    id: 1,
    name: 'web1',
    prefix: 'ArTO8Pn9',
    key: '',
    agentname,
    lastseen: '2027-01-31T03:00:00Z',
    enabled: true,
    expectenv: '',
  };
  const cells = LOADER_TABLE.cellsOf(record) ?? [];
  return cells.filter((_, index) =>
    ['lastseen', 'agentname'].includes(String(LOADER_TABLE.columns[index]?.name)),
  );
}

test('a loader that no machine has used was not seen, and has no agent', () => {
  expect(cellsOf('unset')).toEqual([null, null]);
  expect(cellsOf('')).toEqual([null, null]);
});

test('a loader that a machine uses shows when, and which', () => {
  expect(cellsOf('host1')).toEqual(['2027-01-31T03:00:00Z', 'host1']);
});
