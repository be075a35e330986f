import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { progressLine } from '../../../../cli/terminal/counters-line.ts';
import { createOutput } from '../../../../cli/terminal/output.ts';
import { printableJson } from '../../../../contract/text/printable.ts';

/** Sequences that control a terminal: its colours, title, clipboard, cursor, and text direction. */
const CONTROLS = [
  '\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u001b]52;c;cm0gLXJmIC8=\u0007',
  '\u009b2J',
  '\u009d52;c;eA==\u009c',
  'gpj.\u202eexe',
  'a\r\u001b[Kb',
  'line\nforged line',
  '\u2028',
  '\u007f\b\b',
];
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function outputTo({ isTTY, columns }: { isTTY: boolean; columns?: number }) {
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY, columns });
  const output = createOutput({ stdout: stdout as never, stderr: stderr as never });
  const written = () => ({ stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') });
  return { output, written };
}

test('no line controls the terminal, whatever an agent or the API sent', () => {
  for (const text of CONTROLS) {
    const { output, written } = outputTo({ isTTY: false });
    output.answer(`agent ${text}`);
    output.note(text);
    output.live(progressLine({ status: text, counters: {}, matches: 0, errors: 0 }));
    const { stdout, stderr } = written();
    expect(stdout).toMatch(/^agent [^\n]*\n$/);
    expect(stdout.slice(0, -1)).not.toMatch(CONTROL_CHARACTERS);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(stderr.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
  }
});

test('on a terminal the style of a line is its only escape sequence', () => {
  const { output, written } = outputTo({ isTTY: true });
  output.answer('\u001b[5mfound', 'green');
  expect(written().stdout).toBe('\u001b[32m\\u{1b}[5mfound\u001b[39m\n');
});

test('a document stays the same JSON, and does not control the terminal', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = printableJson(JSON.stringify(value, null, 2));
      expect(text.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
  const { output, written } = outputTo({ isTTY: true });
  output.json(JSON.stringify(CONTROLS, null, 2));
  const { stdout } = written();
  expect(stdout.replaceAll('\n', '')).not.toMatch(CONTROL_CHARACTERS);
  expect(JSON.parse(stdout)).toEqual(CONTROLS);
});

test('a terminal that reports no columns gets whole lines', () => {
  for (const columns of [0, undefined]) {
    const { output, written } = outputTo({ isTTY: true, ...(columns === undefined ? {} : { columns }) });
    output.live('launching in 5 s: Ctrl-C stops it');
    expect(written().stderr).toContain('Ctrl-C stops it');
  }
});
