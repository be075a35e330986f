import { describe, expect, test } from 'vitest';
import { createLargeRules, type FoundPattern } from '../../../../../modules/yara/rules/large-rules.ts';
import { parseRules } from '../../../../../modules/yara/rules/parse-rules.ts';

const BYTES = 100 * 1024 ** 2;
const at = (...offsets: number[]): FoundPattern => ({ offsets, isComplete: true });

/** Evaluates rules on a large file in which patterns were found. */
function evaluate(source: string, found: Record<string, FoundPattern[]> = {}, integers: number[] = []) {
  const rules = createLargeRules(source);
  if (!rules) throw new Error('the rules have an unknown syntax');
  return rules.evaluate(new Map(Object.entries(found)), {
    bytes: BYTES,
    readInteger: (_type, offset) => integers[offset],
  });
}

/** The outcome of a condition on a file where $a is at 5 and 700, $b nowhere and $c1 at 0, and that begins with MZ. */
function outcome(condition: string): boolean | undefined {
  const source = `rule r { strings: $a = "a" $b = "b" $c1 = "c" condition: ${condition} }`;
  const { matched, undecided } = evaluate(source, { r: [at(5, 700), at(), at(0)] }, [0x5a4d]);
  return undecided.length > 0 ? undefined : matched.length > 0;
}

describe('a condition that is decided', () => {
  test.each([
    ['$a', true],
    ['$b', false],
    ['not $b', true],
    ['$a and $b', false],
    ['$a or $b', true],
    ['$a and ($b or $c1)', true],
    ['any of them', true],
    ['all of them', false],
    ['none of them', false],
    ['none of ($b)', true],
    ['2 of them', true],
    ['3 of them', false],
    ['all of ($a, $c*)', true],
    ['$a at 5', true],
    ['$a at 6', false],
    ['$c1 at 0', true],
    ['$a in (600..800)', true],
    ['$a in (0..4)', false],
    ['#a == 2', true],
    ['#a > 0x2', false],
    ['#a + #c1 == 3', true],
    ['$a in (filesize - 1KB..filesize)', false],
    ['$a at filesize - 104857595', true],
    ['filesize > 99MB', true],
    ['filesize < 500KB', false],
    ['uint16(0) == 0x5A4D and filesize > 1_000', true],
    ['not (uint16(0) != 0x5A4D)', true],
    ['true and not false', true],
  ])('%s: %s', (condition, expected) => {
    expect(outcome(condition)).toBe(expected);
  });
});

describe('a condition with a part that is not decided', () => {
  test.each([
    ['pe.is_dll()', undefined],
    ['not pe.is_dll()', undefined],
    ['$a and pe.is_dll()', undefined],
    ['$b and pe.is_dll()', false],
    ['pe.is_dll() or $a', true],
    ['filesize < 1MB and for any i in (1..#a) : (@a[i] < 10 and true)', false],
    ['for all of them : ($ at 3 or false)', undefined],
    ['hash.md5(0, filesize) == "d41d8cd98f00b204e9800998ecf8427e"', undefined],
    ['50% of them', undefined],
    ['any of them at 0', undefined],
    ['any of them in (0..9)', undefined],
    ['#a * 2 == 4', undefined],
    ['#a*2 == 4', undefined],
    ['(#a + 1) * 2 == 6 and $b', false],
    ['#a - 1 * 2 == 0', undefined],
    ['2 * #a == 4', undefined],
    ['#a in (0..10) == 1', undefined],
    ['@a[1] == 5', undefined],
    ['uint16(9) == 1', undefined],
    ['uint16(filesize - 2) == 1', undefined],
    ['filesize == 1.5', undefined],
    ['defined $a', undefined],
  ])('%s: %s', (condition, expected) => {
    expect(outcome(condition)).toBe(expected);
  });

  test('a count is not decided when not all places are known, and a place that is known is', () => {
    const source = (condition: string) => `rule r { strings: $a = "a" condition: ${condition} }`;
    const found = { r: [{ offsets: [5], isComplete: false }] };
    expect(evaluate(source('#a == 1'), found).undecided).toEqual(['r']);
    expect(evaluate(source('$a at 6'), found).undecided).toEqual(['r']);
    expect(evaluate(source('$a at 5'), found).matched).toEqual(['r']);
  });

  test('parentheses that are too deep are not decided', () => {
    expect(outcome(`${'('.repeat(5000)}$a${')'.repeat(5000)}`)).toBeUndefined();
  });
});

describe('several rules', () => {
  test('a rule that asks for one before it has its outcome, and a private one is not reported', () => {
    const source = `private rule one { strings: $a = "a" condition: $a }
      rule two { condition: one }
      rule three { condition: not one }`;
    expect(evaluate(source, { one: [at(1)] })).toEqual({ matched: ['two'], undecided: [] });
  });

  test('no rule matches when a global one does not', () => {
    const source = 'global rule small { condition: filesize < 1KB } rule any { condition: true }';
    expect(evaluate(source)).toEqual({ matched: [], undecided: [] });
  });

  test('no rule is decided to match when a global one is not decided', () => {
    const source =
      'import "pe" global rule g { condition: pe.is_pe } rule any { condition: true } rule none { condition: false }';
    expect(evaluate(source)).toEqual({ matched: [], undecided: ['g', 'any'] });
  });

  test('the collector has the patterns of each rule, and no condition of its own', () => {
    const source = `import "pe"
      rule a : tag { meta: x = "condition: }" strings: $ = { 7B /* } */ 7D } $r = /a\\/{2}"/i nocase // }
        condition: pe.is_pe and any of them }
      rule b { condition: true }`;
    const rules = createLargeRules(source);
    expect(rules?.collector).toBe(
      'rule a { strings: $ = { 7B /* } */ 7D } $r = /a\\/{2}"/i nocase\ncondition: any of them }',
    );
  });

  test('rules that count matches are known', () => {
    const source =
      'rule a { strings: $x = "x" condition: #x > 3 } rule b { strings: $x = "x" condition: $x }';
    expect([...(createLargeRules(source)?.counting ?? [])]).toEqual(['a']);
  });

  test('a syntax that is not known gives no rules', () => {
    expect(parseRules('rule a { condition: true } §')).toBeUndefined();
    expect(parseRules('include "b.yar"')).toBeUndefined();
    expect(parseRules('rule a { condition: true')).toBeUndefined();
  });

  test('ten thousand rules are parsed in time', () => {
    const source = Array.from({ length: 10_000 }, (_, i) => `rule r${i} { condition: filesize > ${i} }`).join(
      '\n',
    );
    expect(evaluate(source).matched).toHaveLength(10_000);
  });
});
