import { expect, test } from 'vitest';
import { replaceBlock } from '../../../../dev/docs/blocks.ts';

const PAGE =
  'before\n<!-- generated: a -->\nold\n<!-- /generated -->\nbetween\n<!-- generated: b -->\n<!-- /generated -->\n';

test('only the block of that name is replaced, and replacing it again changes nothing', () => {
  const once = replaceBlock(PAGE, { name: 'a', content: 'new' });
  expect(once).toBe(PAGE.replace('old', '\nnew\n'));
  expect(replaceBlock(once, { name: 'a', content: 'new' })).toBe(once);
});

test.each([
  ['no such block', PAGE, 'c'],
  ['the same block twice', PAGE + PAGE, 'a'],
  ['a block without an end', '<!-- generated: a -->\n', 'a'],
])('%s is an error', (_, page, name) => {
  expect(() => replaceBlock(page, { name, content: '' })).toThrow(/marker/);
});
