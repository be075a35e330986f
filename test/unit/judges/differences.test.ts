import { expect, test } from 'vitest';
import { explain, findDifferences, isUnexplained } from '../../judges/differences.ts';

const find = (before: string[], ours: string[], after = before) => findDifferences({ before, after, ours });

test('a line that only one side has, or has more often, is a difference', () => {
  expect(find(['a', 'a', 'b'], ['a', 'b', 'c'])).toEqual([
    { side: 'theirs', line: 'a' },
    { side: 'ours', line: 'c' },
  ]);
});

test('what came or went between the two answers of the judge may be in ours or not', () => {
  expect(find(['stays', 'went'], ['stays', 'came'], ['stays', 'came'])).toEqual([]);
  expect(find(['stays', 'went'], ['stays', 'went'], ['stays', 'came'])).toEqual([]);
  expect(find(['stays', 'went'], [], ['stays', 'came'])).toEqual([{ side: 'theirs', line: 'stays' }]);
});

test('lines that are near to each other do not differ', () => {
  const isNear = (ours: string, theirs: string) => Math.abs(Number(ours) - Number(theirs)) <= 1;
  expect(findDifferences({ before: ['1', '5'], after: ['1', '5'], ours: ['2', '7'] }, isNear)).toEqual([
    { side: 'theirs', line: '5' },
    { side: 'ours', line: '7' },
  ]);
});

const quirk = { lines: /^theirs x/, because: 'a quirk' };

test('only differences with a listed reason are explained', () => {
  const explained = explain(find(['x', 'y'], ['x2']), [quirk]);
  expect(explained.filter(isUnexplained)).toEqual([
    { side: 'theirs', line: 'y' },
    { side: 'ours', line: 'x2' },
  ]);
});

test('a reason without a difference is a difference, unless the machine decides', () => {
  expect(explain([], [quirk]).filter(isUnexplained)).toHaveLength(1);
  expect(explain([], [{ ...quirk, isPossible: true }])).toEqual([]);
});
