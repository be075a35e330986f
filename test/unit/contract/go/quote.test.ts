import { expect, test } from 'vitest';
import { goQuote } from '../../../../contract/go/quote.ts';

test('texts are quoted as Go prints them with %q', () => {
  expect(goQuote('plain text, ünïcode ✓ 日本')).toBe('"plain text, ünïcode ✓ 日本"');
  expect(goQuote('a"b\\c')).toBe('"a\\"b\\\\c"');
  expect(goQuote('\u0000\u0007\b\f\n\r\t\v\u001b\u007f')).toBe('"\\x00\\a\\b\\f\\n\\r\\t\\v\\x1b\\x7f"');
  expect(goQuote('\u00a0\u2028\u202e\ufeff')).toBe('"\\u00a0\\u2028\\u202e\\ufeff"');
  expect(goQuote('\u{e0001}')).toBe('"\\U000e0001"');
});
