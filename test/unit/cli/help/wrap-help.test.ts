import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandNames, requestedHelp } from '../../../../cli/help/help.ts';
import { wrapHelp } from '../../../../cli/help/wrap-help.ts';

const helpOf = (topic: string) => requestedHelp(['help', ...topic.split(' ').filter(Boolean)]) ?? '';
const topics = ['', 'target', ...commandNames()];

describe.each([60, 80, 100])('in a terminal of %i columns', (columns) => {
  test.each(topics)('mig help %s has no longer line, except for one word', (topic) => {
    for (const line of wrapHelp(helpOf(topic), columns).split('\n')) {
      const isOneWord = /^ *(?:-[\w-]+ )?\S+(?: \\)?$/.test(line) || /^ +(mig |-t |\{)/.test(line);
      if (!isOneWord) expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  });

  test.each(topics)('mig help %s loses no word', (topic) => {
    const words = (text: string) => text.split(/\s+/).filter((word) => word !== '' && word !== '\\');
    expect(words(wrapHelp(helpOf(topic), columns))).toEqual(words(helpOf(topic)));
  });
});

test('paragraphs are filled, and a row continues below its text', () => {
  const text =
    'one two\nthree\n\n  -flag <value>  some text about the value of the flag\n  -b             more';
  expect(wrapHelp(text, 48).split('\n')).toEqual([
    'one two three',
    '',
    '  -flag <value>  some text about the value of',
    '                 the flag',
    '  -b             more',
  ]);
});

test('a usage line breaks between flags, not within', () => {
  const usage = 'usage: mig audit [-since <time>] [-actor <name or fingerprint>]';
  expect(wrapHelp(usage, 40).split('\n')).toEqual([
    'usage: mig audit [-since <time>]',
    '       [-actor <name or fingerprint>]',
  ]);
});

test('a shell reads a wrapped command line as before', () => {
  const line = `  mig file -t "os='linux' AND name='a'" -e 60s -path /etc -name '^pass wd$' -content '^root: x'`;
  const wrapped = wrapHelp(line, 40);
  expect(wrapped.split('\n').length).toBeGreaterThan(2);
  const wordsOf = (text: string) =>
    execFileSync('sh', ['-c', `printf '%s\\0' ${text.trim()}`], { encoding: 'utf8' });
  expect(wordsOf(wrapped)).toBe(wordsOf(line));
});
