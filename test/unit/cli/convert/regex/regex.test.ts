import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linePattern } from '../../../../../cli/convert/regex/line-pattern.ts';
import { translateOsRegex } from '../../../../../cli/convert/regex/osregex.ts';
import { otherThan, TO_COMMENT, TO_END_OF_LINE } from '../../../../../cli/convert/regex/other-than.ts';
import { translatePcre } from '../../../../../cli/convert/regex/pcre.ts';
import { COMPARISONS, wholeNumber } from '../../../../../cli/convert/regex/whole-number.ts';
import { compilePattern } from '../../../../../platform/re2/regexp.ts';
import { defined } from '../../../../setup/defined.ts';

const matches = (pattern: string, line: string) => compilePattern(pattern).test(line);

describe('otherThan', () => {
  const value = fc.string({ unit: fc.constantFrom('n', 'o', '-', '1', ' '), minLength: 1, maxLength: 5 });
  const word = fc.string({ unit: fc.constantFrom('n', 'o', '-', '1'), minLength: 1, maxLength: 3 });

  test('matches every value up to the end of the line but the given ones', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), value, (accepted, given) => {
        fc.pre(given.trim() !== '');
        const isOther = matches(`^k=\\s*${otherThan(accepted, TO_END_OF_LINE)}`, `k=${given}`);
        expect(isOther).toBe(!accepted.includes(given.trim()));
      }),
      { numRuns: 200 },
    );
  });

  test('matches every value up to a comment but the given ones', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        value,
        fc.boolean(),
        (accepted, given, hasComment) => {
          fc.pre(given.trim() !== '');
          const line = `k ${given}${hasComment ? '# no' : ''}`;
          expect(matches(`^k[ \\t]+${otherThan(accepted, TO_COMMENT)}`, line)).toBe(
            !accepted.includes(given.trim()),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('wholeNumber matches exactly the numbers that compare so', () => {
  const compare: Record<(typeof COMPARISONS)[number], (n: number, bound: number) => boolean> = {
    '<': (n, bound) => n < bound,
    '<=': (n, bound) => n <= bound,
    '==': (n, bound) => n === bound,
    '!=': (n, bound) => n !== bound,
    '>=': (n, bound) => n >= bound,
    '>': (n, bound) => n > bound,
  };
  const number = fc.oneof(fc.nat(30), fc.nat(2000), fc.nat());
  fc.assert(
    fc.property(fc.constantFrom(...COMPARISONS), number, number, fc.nat(2), (comparison, bound, n, zeros) => {
      const regex = wholeNumber(comparison, bound);
      const isMatch = regex !== undefined && matches(`^${regex}$`, '0'.repeat(zeros) + n);
      expect(isMatch).toBe(compare[comparison](n, bound));
    }),
    { numRuns: 300 },
  );
});

describe('a regular expression of PCRE2', () => {
  test.each(['^a+b?$', '[[:space:]]x', '[]a]', '\\.conf$', '(?:a|b)\\w', '\\bword\\b'])(
    '%s is one of RE2',
    (pattern) => {
      expect(translatePcre(pattern)).toBe(pattern);
    },
  );

  test('has blanks that include the vertical tab', () => {
    expect(matches(defined(translatePcre('^\\s$')), '\v')).toBe(true);
    expect(matches(defined(translatePcre('^[a\\s]$')), '\v')).toBe(true);
    expect(matches(defined(translatePcre('^\\S$')), '\v')).toBe(false);
  });

  test.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?>a)',
    '(a)\\1',
    '\\Ka',
    '\\R',
    '\\h',
    '(*UTF)',
    '\\Qa',
    'ä',
    '[a',
  ])('%s has no translation', (pattern) => {
    expect(translatePcre(pattern)).toBeUndefined();
  });

  test('never breaks the translation, and where it has one, RE2 and JavaScript agree', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '\\d',
      '\\w',
      '.',
      '[ab]',
      '[^a]',
      '(?:a|b)',
      '^',
      '$',
      'a*',
      'b+',
      '\\.',
      'x{2}',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 5 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', 'x') }),
        (parts, line) => {
          const pattern = parts.join('');
          const translated = defined(translatePcre(pattern));
          expect(matches(translated, line)).toBe(new RegExp(pattern).test(line));
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => void translatePcre(text)));
  });
});

describe('a regular expression of OSRegex', () => {
  test.each([
    ['^Port', 'port 22', true],
    ['pam_unix.so', 'pam_unixxso', false],
    ['a|b$', 'xb', true],
    ['^\\s*\\d+$', '  22', true],
    ['\\w+:', 'user@host-1:', true],
    ['\\$6', 'x$6', true],
  ])('%s on %j: %j', (pattern, line, isMatch) => {
    expect(matches(`(?i)${defined(translateOsRegex(pattern))}`, line)).toBe(isMatch);
  });

  test.each(['\\w+a', '\\p', '(a)', 'a*', '', '\\d*\\d', 'ä'])('%s has no exact translation', (pattern) => {
    expect(translateOsRegex(pattern)).toBeUndefined();
  });
});

describe('the content of a rule of Wazuh', () => {
  const regexOf = (content: string) => {
    const pattern = linePattern(content, 'pcre2');
    if (typeof pattern === 'string') throw new Error(pattern);
    return pattern;
  };

  test('is a line, or the absence of one', () => {
    expect(regexOf('r:^root:')).toEqual({ regex: '(?i)^root:', isAbsent: false });
    expect(regexOf('!r:^root:')).toEqual({ regex: '(?i)^root:', isAbsent: true });
    expect(regexOf('1')).toEqual({ regex: '^1$', isAbsent: false });
  });

  test.each([
    ['  use_pty', true],
    ['Defaults use_pty', true],
    ['# Defaults use_pty', false],
    ['  #use_pty', false],
    ['x # use_pty', true],
  ])('outside comments, in %j: %j', (line, isMatch) => {
    const { regex } = regexOf('!r:^\\s*\\t*# && r:\\s*\\t*use_pty');
    expect(matches(regex, line)).toBe(isMatch);
  });

  test('is two texts in either order, also where one begins within the other', () => {
    const { regex } = regexOf('r:VERSION= && r:=12');
    for (const line of ['VERSION=12', 'version= x=12', '=12 VERSION='])
      expect(matches(regex, line)).toBe(true);
    for (const line of ['VERSION=1', '=12', 'VERSION 12=']) expect(matches(regex, line)).toBe(false);
  });

  test('compares the whole number', () => {
    const { regex } = regexOf('n:^\\s*minlen\\s*\\t*=\\s*\\t*(\\d+) compare >= 14');
    for (const line of ['minlen = 14', ' MINLEN=015', 'minlen=140 # x'])
      expect(matches(regex, line)).toBe(true);
    for (const line of ['minlen = 13', 'minlen = 9', 'xminlen = 14', 'minlen = 1 4'])
      expect(matches(regex, line)).toBe(false);
  });

  test.each([
    'r:a && r:b+ && r:c',
    '!r:a && !r:b',
    'r:^\\s*linux && !r:apparmor=1',
    'n:x1(\\d+) compare > 5',
    'n:x=(\\d+) compare => 5',
    'r:(?=a)',
  ])('%s has no exact translation', (content) => {
    expect(linePattern(content, 'pcre2')).toBeTypeOf('string');
  });

  test('of any text is a pattern or a reason', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('osregex' as const, 'pcre2' as const), (text, syntax) => {
        expect(['string', 'object']).toContain(typeof linePattern(text, syntax));
      }),
    );
  });
});
