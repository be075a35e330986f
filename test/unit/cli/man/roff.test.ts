import fc from 'fast-check';
import { expect, test } from 'vitest';
import { body, preformatted, subheading } from '../../../../cli/man/roff.ts';

/** What man(1) shows of a line of roff: the reverse of the escapes that pages use. */
function shown(line: string): string {
  return line
    .replace(/^\\&/, '')
    .replace(/\\\[u([0-9A-F]+)\]|\\(\([a-z]{2}|-)/g, (found, hex: string | undefined, name: string) =>
      hex === undefined ? (SHOWN[name] ?? found) : String.fromCodePoint(Number.parseInt(hex, 16)),
    );
}

/** After groff_char(7). */
const SHOWN: Record<string, string> = {
  '-': '-',
  '(aq': "'",
  '(dq': '"',
  '(ga': '`',
  '(ha': '^',
  '(rs': '\\',
  '(ti': '~',
};

const REQUESTS = ['.PP', '.nf', '.fi'];
const line = fc.string({ unit: fc.constantFrom(...'.\'`^~\\"-ab €…\u{1f600}'), maxLength: 20 });

test('no line of a text is lost, or taken for a request', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
      const given = lines.filter((one) => one.trim() !== '');
      const printed = body(lines.join('\n')).split('\n');
      const texts = printed.filter((one) => !REQUESTS.includes(one) && one !== '');
      expect(texts.every((one) => !/^[.']/.test(one))).toBe(true);
      expect(texts.map(shown)).toEqual(given);
      expect(texts.every((one) => /^[\u0020-\u007e]*$/.test(one))).toBe(true);
      // Roff would show these as typographic characters.
      expect(texts.some((one) => /['`^~]/.test(one))).toBe(false);
    }),
  );
});

test('lines at the margin fill a paragraph, and indented ones stay as they are', () => {
  expect(body('one\ntwo\n\n  mig file -path /etc\n  .mig\nthree')).toBe(
    ['.PP', 'one', 'two', '.PP', '.nf', '  mig file \\-path /etc', '  .mig', '.fi', '.PP', 'three'].join(
      '\n',
    ),
  );
});

test('an argument of a macro keeps its quotes', () => {
  expect(subheading('mig "x" -y')).toBe('.SS "mig \\(dqx\\(dq \\-y"');
  expect(preformatted(['.dot', "'quote"])).toBe('.PP\n.nf\n\\&.dot\n\\(aqquote\n.fi');
});
