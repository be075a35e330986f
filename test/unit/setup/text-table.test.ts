import { expect, test } from 'vitest';
import { textTable } from '../../setup/text-table.ts';

test('columns are aligned, numbers to the right, and no line ends with spaces', () => {
  expect(
    textTable(
      ['parser', 'inputs', 'said'],
      [
        ['a', 10, 'nothing'],
        ['longer name', 1_000, ''],
      ],
    ).split('\n'),
  ).toEqual(['parser       inputs  said', 'a                10  nothing', 'longer name    1000']);
});
