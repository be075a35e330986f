import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { linesFoundBy } from '../../../../modules/file/evaluate/block.ts';
import { toNative } from '../../../../platform/re2/native.ts';
import { parsePattern } from '../../../../platform/re2/parse.ts';
import { requiredLiteral } from '../../../../platform/re2/prefilter.ts';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

const nativeOf = (source: string) => {
  const parsed = parsePattern(source);
  return parsed && toNative(parsed);
};
const literalOf = (source: string) => {
  const parsed = parsePattern(source);
  return parsed && requiredLiteral(parsed);
};

describe('the native engine', () => {
  test('is used for common patterns', () => {
    for (const source of [
      '^root:',
      'root:(\\*|!|\\$(1|2a|5|6)\\$).+',
      '[a-f0-9]{8}',
      '^#?\\s*PermitRootLogin\\s',
      '(foo|bar)[a-z]+qux$',
    ]) {
      expect(nativeOf(source), source).toBeDefined();
    }
  });

  test('is not used for patterns that could backtrack or have another meaning', () => {
    for (const source of [
      '(a+)+$',
      '(a|aa)+b',
      '(x*)*',
      'a?a?a?a?a?a?a?aaaaaaa',
      '.*.*.*x',
      '(?i)k',
      '\\pL+',
      '[[:alpha:]]',
      'a{,2}',
      '\\x41',
      '\\Qa\\E',
      '(ab){2,9}',
      'x{51}',
    ]) {
      expect(nativeOf(source), source).toBeUndefined();
    }
  });

  test('agrees with RE2 for random patterns over random lines', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '\\.',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\s',
      '\\b',
      '^',
      '$',
      '(a|bc)',
      '(?:b|)',
      '(^|a)',
      '(b$|c)',
      '(?:a(?:b|$)|\\b)',
      '[a-c-]',
      '-',
      '€',
      ']',
    );
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '+?');
    const pattern = fc
      .array(
        fc.tuple(piece, quantifier).map((parts) => parts.join('')),
        { minLength: 1, maxLength: 6 },
      )
      .map((parts) => parts.join(''));
    const line = fc.stringMatching(/^[abc1 .\-€\r\u2028\]]{0,12}$/u);
    fc.assert(
      fc.property(pattern, fc.array(line, { maxLength: 6 }), (source, lines) => {
        let reference: RE2JS;
        try {
          reference = RE2JS.compile(source);
        } catch {
          return; // not RE2, as in `^*+`
        }
        const ours = compilePattern(source);
        const lineOf = (text: string) => text.replace(/\r$/, '');
        if (ours.filter) {
          const block = { bytes: Buffer.from(`${lines.join('\n')}\n`), lines: () => [] };
          const candidates = [...linesFoundBy(block, ours.filter)];
          const matching = lines.map(lineOf).filter((text) => reference.test(text));
          expect(candidates, source).toEqual(expect.arrayContaining(matching));
        }
        for (const text of lines)
          expect({ source, text, found: ours.test(text) }).toEqual({
            source,
            text,
            found: reference.test(text),
          });
      }),
      { numRuns: 3000 },
    );
  });

  test('classes have the same characters as in RE2, wherever dashes and brackets are', () => {
    const item = fc.constantFrom(
      'a',
      'c',
      '-',
      '-',
      '-',
      '/',
      '+',
      '.',
      '^',
      '[',
      '\\d',
      '\\-',
      '\\]',
      '\\t',
    );
    const inside = fc.array(item, { minLength: 1, maxLength: 6 }).map((items) => items.join(''));
    const characters = Array.from({ length: 0x7f }, (_, code) => String.fromCharCode(code));
    const charactersIn = (matches: { test(text: string): boolean }) =>
      characters.filter((text) => matches.test(text));
    fc.assert(
      fc.property(fc.constantFrom('', '^', ']', '^]'), inside, (start, rest) => {
        const source = `^[${start}${rest}]$`;
        let reference: RE2JS;
        try {
          reference = RE2JS.compile(source);
        } catch {
          return; // not RE2: a range in reverse order
        }
        expect(charactersIn(compilePattern(source)), source).toEqual(charactersIn(reference));
      }),
      { numRuns: 3000, examples: [['', 'a-c--/']] },
    );
  });
});
test('an anchor inside a group applies to each line of a block', () => {
  const before = fc.constantFrom('', '(^|,)', '(?:^|c)', '(?:\\A|,)', '(?:(?:^a)|,)');
  const after = fc.constantFrom('', '(,|$)', '(?:$|b)', '(c$|,)', '(?:\\z|,)');
  const word = fc.constantFrom(',', 'ab', 'c', 'aab', '');
  const line = fc.array(word, { maxLength: 4 }).map((words) => words.join(''));
  fc.assert(
    fc.property(before, after, fc.array(line, { minLength: 2, maxLength: 6 }), (head, tail, lines) => {
      const source = `${head}ab${tail}`;
      const { filter } = compilePattern(source);
      const reference = RE2JS.compile(source);
      const block = { bytes: Buffer.from(`${lines.join('\n')}\n`), lines: () => [] };
      const candidates = filter ? [...linesFoundBy(block, filter)] : lines;
      expect(candidates, source).toEqual(
        expect.arrayContaining(lines.filter((text) => reference.test(text))),
      );
    }),
    { numRuns: 1000 },
  );
});

test('a pattern of many alternatives is left to RE2 without an error', () => {
  const many = Array.from({ length: 150_000 }, () => 'ab').join('|');
  expect(nativeOf(many)).toBeUndefined();
  expect(nativeOf(`(${many})`)).toBeUndefined();
});

describe('the literal that every match contains', () => {
  test('is found where there is one', () => {
    expect(literalOf('^root:[x*]')).toBe('root:');
    expect(literalOf('secret[0-9]+key_material')).toBe('key_material');
    expect(literalOf('abcd+ef')).toBe('abcd');
    expect(literalOf('naïve')).toBe('naïve');
  });

  test('is absent where alternatives, options or short texts allow none', () => {
    for (const source of ['foo|bar', '(foo)?', 'ab', 'abc?', 'x*', '(?i)secret', 'ab\ufffd'])
      expect(literalOf(source), source).toBeFalsy();
  });
});

test('a pattern with catastrophic backtracking is evaluated in linear time', () => {
  const startMs = performance.now();
  expect(compilePattern('(a+)+$').test(`${'a'.repeat(5000)}b`)).toBe(false);
  expect(compilePattern('a*a*c').test('a'.repeat(60_000))).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(5000);
});
