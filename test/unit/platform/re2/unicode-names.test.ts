import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

const refusal = (pattern: string) => {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('Unicode classes', () => {
  test.each([
    'L',
    'Lu',
    'LC',
    'Cn',
    'Zs',
    'Any',
    'ASCII',
    'Assigned',
    'Letter',
    'letter',
    'Uppercase Letter',
    'punct',
    'Greek',
    'greek',
    'Old-Italic',
    'Nko',
    'Kawi',
    'Zanabazar_Square',
    '^Lu',
    '^Greek',
  ])('knows \\p{%s} as Go does', (name) => {
    expect(refusal(`\\p{${name}}`)).toBeUndefined();
    expect(refusal(`[a\\P{${name}}]`)).toBeUndefined();
  });

  test.each([
    'ASCII_Hex_Digit',
    'Alphabetic',
    'White_Space',
    'Emoji',
    'Lowercase',
    'Script=Greek',
    'sc=Han',
    'Grek',
    'Unknown',
    'Garay',
    'Sidetic',
    'Katakana_Or_Hiragana',
    '',
    '^^Lu',
    'constructor',
    '\u212a',
  ])('refuses \\p{%s} in the words of Go', (name) => {
    for (const token of [`\\p{${name}}`, `\\P{${name}}`])
      expect(refusal(`x${token}`)).toBe(`error parsing regexp: invalid character class range: \`${token}\``);
  });

  test('have the meaning of their canonical name', () => {
    for (const [pattern, yes, no] of [
      ['^\\p{Uppercase_Letter}$', 'Ä', 'ä'],
      ['^\\p{greek}$', 'σ', 's'],
      ['^\\P{greek}$', 's', 'σ'],
      ['^\\p{^greek}$', 's', 'σ'],
      ['^\\p{ASCII}$', '~', 'é'],
      ['^\\P{ASCII}$', 'é', '~'],
      ['^[x\\P{ASCII}]$', 'é', 'y'],
      ['^[^\\p{ASCII}]$', 'é', '~'],
      ['^\\pl$', 'a', '1'],
    ] as const) {
      expect([compilePattern(pattern).test(yes), compilePattern(pattern).test(no)], pattern).toEqual([
        true,
        false,
      ]);
    }
  });

  test('are not looked for in literal text', () => {
    expect(compilePattern('^\\Q\\p{Emoji}\\E$').test('\\p{Emoji}')).toBe(true);
    expect(compilePattern('^\\\\p\\{Emoji}$').test('\\p{Emoji}')).toBe(true);
    expect(refusal('[]\\p{Emoji}]')).toContain('\\p{Emoji}');
    expect(refusal('[[:alpha:]\\p{Emoji}]')).toContain('\\p{Emoji}');
  });
});
