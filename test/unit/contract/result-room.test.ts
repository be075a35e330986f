import { expect, test } from 'vitest';
import { createResultRoom, fitTexts } from '../../../contract/result-room.ts';

test('elements take at most their share of a result', () => {
  const room = createResultRoom(1000);
  const element = 'x'.repeat(97);
  const taken = Array.from({ length: 10 }, () => room.take(element)).filter(Boolean);
  expect(taken).toHaveLength(7);
});

test('a result without a limit has room for everything', () => {
  expect(createResultRoom(Number.POSITIVE_INFINITY).take('x')).toBe(true);
});

test('texts without room are counted in the last one', () => {
  const texts = Array.from({ length: 10 }, (_, i) => `error ${i} ${'x'.repeat(80)}`);
  const fitting = fitTexts(texts, 1000);
  expect(fitting).toHaveLength(2);
  expect(fitting.at(-1)).toBe('9 more, for which the result has no room');
  expect(fitTexts(texts, Number.POSITIVE_INFINITY)).toEqual(texts);
});
