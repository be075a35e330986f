import { expect, test } from 'vitest';
import { createPatternCompiler } from '../../../../platform/re2/pattern-compiler.ts';

test('a text is compiled once, and another text apart', () => {
  const compile = createPatternCompiler();
  expect(compile('^a$')).toBe(compile('^a$'));
  expect([compile('^a$').test('a'), compile('^b$').test('a')]).toEqual([true, false]);
});

test('an invalid text is refused each time', () => {
  const compile = createPatternCompiler();
  for (let n = 0; n < 2; n++) expect(() => compile('(')).toThrow('error parsing regexp');
});
