import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { parseDocument } from '../../../../modules/scribe/load-document.ts';
import { scribe } from '../../../../modules/scribe/module.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-scribe-doc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const YAML = `
objects:
  - object: v
    raw: {identifiers: [{identifier: a, value: 1.10}, {identifier: yes, value: yes}]}
    filecontent:
  - object: p
    package: {name: x, onlynewest: yes}
tests:
  - {test: t, object: v, exactmatch: {value: 1.10}, expectedresult: true}
`;

test('a plain text of YAML stays the text that was written', () => {
  expect(parseDocument(YAML)).toMatchObject({
    objects: [
      {
        raw: {
          identifiers: [
            { identifier: 'a', value: '1.10' },
            { identifier: 'yes', value: 'yes' },
          ],
        },
        filecontent: null,
      },
      { package: { onlynewest: true } },
    ],
    tests: [{ exactmatch: { value: '1.10' }, expectedresult: true }],
  });
  expect(scribe.checkParameters({ scribedoc: parseDocument(YAML) })).toBeUndefined();
});

test('JSON is told by its first character', () => {
  expect(parseDocument('  {"tests": [], "a": 1.10}')).toEqual({ tests: [], a: 1.1 });
});

test('a document of a few bytes is refused', () => {
  expect(() => parseDocument('a: b')).toThrow('the document is too small to be valid (4 bytes)');
});

const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 9 }, (_, i) => `b${i}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`))
  .join('\n');

test.each([
  ['that grow without end', bomb],
  ['of themselves', 'tests: &t\n  - *t\n'],
])('aliases %s are refused at once', (_, text) => {
  expect(() => parseDocument(text)).toThrow('has too many aliases, or one of itself');
});

test('a mistake is named with its line', () => {
  expect(() => parseDocument('tests:\n  - a: [1\nobjects: }')).toThrow(/line \d/);
});

test('the flags read the file, and name it in an error', () => {
  const path = join(folder, 'policy.yaml');
  writeFileSync(path, YAML);
  expect(scribe.parseFlags(['-path', path, '-onlytrue', '-human'])).toMatchObject({
    scribedoc: { tests: [{ test: 't' }] },
    onlytrue: true,
    humanoutput: true,
    jsonoutput: false,
  });
  expect(() => scribe.parseFlags(['-onlytrue'])).toThrow('-path option is required');
  expect(() => scribe.parseFlags(['-path', join(folder, 'none')])).toThrow(/none: ENOENT/);
});

test('any text is a document, or refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-:&*a-z{}[\] \n"'|>!]{0,60}$/)),
      (text) => {
        try {
          parseDocument(text);
        } catch (error) {
          expect(error instanceof MigError || error instanceof SyntaxError).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});
