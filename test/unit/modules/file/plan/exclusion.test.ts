import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { createExclusion } from '../../../../../modules/file/plan/exclusion.ts';
import { createListEntries } from '../../../../../platform/machine/directory/list-entries.ts';
import { createPatternCompiler } from '../../../../../platform/re2/pattern-compiler.ts';

function exclusionOf(search: Record<string, unknown>) {
  const { searches } = Parameters.parse({ searches: { s: { paths: ['/'], ...search } } });
  if (!searches.s) throw new Error('no search');
  return createExclusion(searches.s, {
    listEntries: createListEntries(),
    compile: createPatternCompiler(),
  });
}

test('a search without exclusions has none', () => {
  expect(exclusionOf({ excludes: [], excluderegexes: [] })).toBeUndefined();
});

test('a path excludes itself and what is below it, by components', () => {
  const isExcluded = exclusionOf({ excludes: ['/a//b/', '/c/./d'] });
  for (const path of ['/a/b', '/a/b/c', '/c/d/e/f']) expect(isExcluded?.(path)).toBe(true);
  for (const path of ['/a', '/a/bc', '/a/b.txt', '/c', '/', '/x/a/b']) expect(isExcluded?.(path)).toBe(false);
});

test('a path excludes exactly those whose components begin with its own', () => {
  const component = fc.constantFrom('a', 'b', 'ab', 'a b', '\udcff');
  const path = fc.array(component, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, path, (excluded, visited) => {
      fc.pre(excluded.every((one) => one.isWellFormed()));
      const expected = excluded.every((one, index) => visited[index] === one);
      expect(exclusionOf({ excludes: [`/${excluded.join('/')}`] })?.(`/${visited.join('/')}`)).toBe(expected);
    }),
  );
});

test('a pattern is compared with the whole path as displayed', () => {
  const isExcluded = exclusionOf({ excluderegexes: [String.raw`/\.git$`, '^/tmp/.*\ufffd'] });
  for (const path of ['/a/.git', '/.git', '/tmp/x\udcff']) expect(isExcluded?.(path)).toBe(true);
  for (const path of ['/a/.gitignore', '/a/x.git', '/var/x\udcff']) expect(isExcluded?.(path)).toBe(false);
});
