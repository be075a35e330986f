import { expect, test } from 'vitest';
import { readableAreas } from '../../../../modules/memory/areas.ts';
import { createTarget } from './fake-target.ts';

const PAGE = 4096;
const WINDOW = 4096;

function areas(parts: [start: number, end: number, isSparse: boolean][], touched: number[] = []) {
  const source = {
    parts: parts.map(([start, end, isSparse]) => ({ start: start * PAGE, end: end * PAGE, isSparse })),
    target: createTarget({}, new Set(touched)),
    offset: 0,
    windowBytes: WINDOW,
  };
  return [...readableAreas(source)].map(({ start, end }) => [start / PAGE, end / PAGE]);
}

test('adjacent mappings are one area', () => {
  expect(
    areas([
      [1, 2, false],
      [2, 5, false],
      [6, 7, false],
    ]),
  ).toEqual([
    [1, 5],
    [6, 7],
  ]);
});

test('of a sparse mapping only touched pages are read, with one page on each side', () => {
  expect(areas([[1000, 5000, true]], [1000, 2000, 2001, 4999])).toEqual([
    [1000, 1002],
    [1999, 2003],
    [4998, 5000],
  ]);
});

test('small gaps between touched pages are read, too', () => {
  expect(areas([[1000, 5000, true]], [2000, 2010])).toEqual([[1999, 2012]]);
});

test('a mapping that was never touched costs nothing', () => {
  expect(areas([[0, 2 ** 20, true]])).toEqual([]);
});

test('where the kernel hides which pages are touched, all are read', () => {
  const source = {
    parts: [{ start: 0, end: 9 * PAGE, isSparse: true }],
    target: createTarget({}),
    offset: 2 * PAGE,
    windowBytes: WINDOW,
  };
  expect([...readableAreas(source)].map(({ start, end }) => [start, end])).toEqual([[2 * PAGE, 9 * PAGE]]);
});
