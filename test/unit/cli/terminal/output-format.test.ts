import { expect, test } from 'vitest';
import { readFormat } from '../../../../cli/terminal/output-format.ts';

const read = (...names: string[]) =>
  readFormat({ options: { json: names.includes('json') }, isOn: (name) => names.includes(name) });

test('the format is a table unless a flag names another', () => {
  expect([read(), read('json'), read('jsonl'), read('csv'), read('wide')]).toEqual([
    'table',
    'json',
    'jsonl',
    'csv',
    'wide',
  ]);
});

test.each([
  [['json', 'csv'], '--json and --csv cannot be used together'],
  [['jsonl', 'json'], '--json and --jsonl cannot be used together'],
  [['wide', 'csv'], '--csv and --wide cannot be used together'],
])('%j are refused by name', (names, message) => {
  expect(() => read(...names)).toThrow(message);
});
