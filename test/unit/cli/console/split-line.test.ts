import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitName, splitPipeline } from '../../../../cli/console/split-line.ts';

/** Text that a line can have: no line feeds. */
const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll(/[\r\n]/g, ' '));
const inDoubleQuotes = (word: string) => `"${word.replaceAll('"', String.raw`\"`)}"`;
/** A backslash before a quote could not be told from one that escapes it. */
const quotable = text.filter((one) => !/\\+("|$)/.test(one));

describe('splitPipeline', () => {
  test('gives back every word that was quoted', () => {
    fc.assert(
      fc.property(fc.array(quotable, { minLength: 1 }), (words) => {
        expect(splitPipeline(words.map(inDoubleQuotes).join(' '))).toEqual([words]);
      }),
    );
    const single = text.filter((one) => !one.includes("'"));
    fc.assert(
      fc.property(fc.array(single, { minLength: 1 }), (words) => {
        expect(splitPipeline(words.map((word) => `'${word}'`).join('  '))).toEqual([words]);
      }),
    );
  });

  test('leaves words without quotes and blanks as they are, backslashes and bars inside included', () => {
    const plain = fc.stringMatching(/^[^\s'"]{1,20}$/).filter((word) => word !== '|');
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), (words) => {
        expect(splitPipeline(`  ${words.join(' \t')} `)).toEqual([words]);
      }),
    );
  });

  test('ends a command at a bar that stands alone and is not quoted', () => {
    expect(
      splitPipeline(String.raw`list found | grep server1.(dom1|dom2) | grep -v 'a | b' "|" \.x`),
    ).toEqual([
      ['list', 'found'],
      ['grep', 'server1.(dom1|dom2)'],
      ['grep', '-v', 'a | b', '|', String.raw`\.x`],
    ]);
    expect(splitPipeline('list |')).toEqual([['list'], []]);
    expect(splitPipeline('')).toEqual([[]]);
    expect(splitPipeline(`x '' ""`)).toEqual([['x', '', '']]);
  });

  test('refuses a quote that does not end', () => {
    expect(() => splitPipeline(`grep 'x`)).toThrow("the quote ' does not end");
    expect(() => splitPipeline(`grep "x`)).toThrow('the quote " does not end');
  });
});

test('splitName keeps the rest of a line as it is, quotes and bars included', () => {
  expect(splitName(`  settarget  environment->>'os'='linux' | "x"  `)).toEqual({
    name: 'settarget',
    rest: `environment->>'os'='linux' | "x"`,
  });
  expect(splitName('r')).toEqual({ name: 'r', rest: '' });
  expect(splitName('   ')).toEqual({ name: '', rest: '' });
});
