import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutToWidth, displayWidth } from '../../../../cli/terminal/display-width.ts';
import { printable } from '../../../../contract/text/printable.ts';

describe('displayWidth', () => {
  test.each([
    ['', 0],
    ['web1.example.net', 16],
    ['é', 1],
    ['é', 1],
    ['日本', 4],
    ['한국', 4],
    ['한국'.normalize('NFD'), 4],
    ['क्ष', 2],
    ['ｆｕ', 4],
    ['🙂', 2],
    ['🇩🇪', 2],
    ['👍🏽', 2],
    ['❤️', 2],
    ['€', 1],
    ['ж', 1],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('cutToWidth', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too …'],
    ['日本語です', 6, '日本…'],
    ['日本語です', 5, '日本…'],
    ['日本語です', 4, '日…'],
    ['🇩🇪🇫🇷🇮🇹', 5, '🇩🇪🇫🇷…'],
    ['éaaa', 3, 'éa…'],
  ])('cuts %j to %i columns between characters', (text, width, cut) => {
    expect(cutToWidth(text, width)).toBe(cut);
  });

  test('never exceeds the width, and keeps whole what fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (given, width) => {
        const text = printable(given);
        const cut = cutToWidth(text, width);
        expect(displayWidth(cut)).toBeLessThanOrEqual(width);
        expect(cut.isWellFormed()).toBe(true);
        if (displayWidth(text) <= width) expect(cut).toBe(text);
      }),
    );
  });

  test('leaves no more marks on a letter than a script needs', () => {
    expect(cutToWidth(`x${'\u0301'.repeat(2000)}y`, 10)).toBe(`x${'\u0301'.repeat(7)}y`);
  });
});
