import { expect, test } from 'vitest';
import { wrapMarkdown } from '../../../../dev/docs/wrap.ts';

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');

test('a line of up to 120 characters stays as it is', () => {
  const line = `${words(23)} words`;
  expect(line).toHaveLength(120);
  expect(wrapMarkdown(`${line}\n\n- short`)).toBe(`${line}\n\n- short`);
});

test('a longer line is wrapped, and goes on below the text of its list item', () => {
  expect(wrapMarkdown(words(25))).toBe(`${words(24)}\nword`);
  expect(wrapMarkdown(`- ${words(24)}`)).toBe(`- ${words(23)}\n  word`);
  expect(wrapMarkdown(`  - ${words(24)}`)).toBe(`  - ${words(23)}\n    word`);
  expect(wrapMarkdown(`12. ${words(24)}`)).toBe(`12. ${words(23)}\n    word`);
});

test('a code span stays on one line, with the punctuation around it', () => {
  expect(wrapMarkdown(`${words(22)} (\`one two three\`).`)).toBe(`${words(22)}\n(\`one two three\`).`);
});

test('a fenced block stays as it is', () => {
  const block = `\`\`\`\n${words(40)}\n\`\`\``;
  expect(wrapMarkdown(block)).toBe(block);
});
