import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sourceFiles } from '../../dev/docs/imports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_SHIPPED = /^(test|dev|bench)\//;

const sources = sourceFiles(ROOT).map((path) => ({
  file: relative(ROOT, path),
  text: readFileSync(path, 'utf8'),
}));
const shipped = sources.filter(({ file }) => !NOT_SHIPPED.test(file));

/** `file:line` of every match in these files. */
function find(pattern: RegExp, files: readonly { file: string; text: string }[]): string[] {
  return files.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(({ index }) => `${file}:${text.slice(0, index).split('\n').length}`),
  );
}

test('SQL is in platform/postgres alone', () => {
  const outside = shipped.filter(({ file }) => !file.startsWith('platform/postgres/'));
  const statement = /[`'"]\s*(SELECT\s.*\sFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WITH \w+ AS \()/gs;
  expect(find(statement, outside)).toEqual([]);
  expect(find(/\.query\(/g, outside)).toEqual([]);
});

test('the verbs of AMQP are in platform/rabbitmq alone', () => {
  const outside = shipped.filter(({ file }) => !file.startsWith('platform/rabbitmq/'));
  const verb =
    /\b(assertQueue|assertExchange|bindQueue|checkQueue|createChannel|createConfirmChannel|prefetch)\(/g;
  expect(find(verb, outside)).toEqual([]);
  expect(find(/\bchannel\.(ack|nack|consume|cancel|publish|sendToQueue)\(/g, outside)).toEqual([]);
});

test('a count and its noun agree: no text leaves the plural to the reader', () => {
  const printing = sources.filter(({ file }) => /^(cli|agent|dev|modules)\//.test(file));
  expect(find(/\$\{[^}]*\} [a-z ]*[a-z]\(s\)/g, printing)).toEqual([]);
});

test('no file has mutable state of its own', () => {
  expect(find(/^(export )?(let|var) /gm, shipped)).toEqual([]);
  const changed = shipped.flatMap(({ file, text }) =>
    changedConstants(text).map((name) => `${file}: ${name}`),
  );
  expect(changed).toEqual([
    // Schemas say, while the program loads, how JSON Schema writes them.
    'contract/fields.ts: representable',
    // What a build adds registers itself while the program loads.
    'modules/registry.ts: added',
    // Weak maps that remember what follows from their keys.
    'platform/openpgp/rsa.ts: keyObjects',
    'platform/openpgp/usable-key.ts: checkedKeys',
  ]);
});

test('a constant that code changes is mutable state', () => {
  expect(changedConstants('const state = { n: 0 };\nexport const f = () => state.n++;')).toEqual(['state']);
  expect(changedConstants('const seen = new Set();\nfunction f() {\n  seen.add(1);\n}')).toEqual(['seen']);
  expect(changedConstants('const LIST = [1];\nfunction f(LIST2) {\n  return LIST.map(String);\n}')).toEqual(
    [],
  );
});

test('nothing is awaited in the header of a for', () => {
  const awaiting = sources.filter(({ text }) => forHeaders(text).some(hasAwait));
  expect(awaiting.map(({ file }) => file)).toEqual([]);
});

test('an await is found behind a call in the header of a for', () => {
  const headers = forHeaders(
    'for (let i = Math.abs(1); i > 0; i = await n()) f(n);\nfor (const a of b(c)) d();',
  );
  expect(headers).toEqual(['let i = Math.abs(1); i > 0; i = await n()', 'const a of b(c)']);
  expect(headers.map(hasAwait)).toEqual([true, false]);
});

test('one file of platform/machine calls functions of the C library', () => {
  const using = shipped.filter(({ text }) => text.includes('bun:ffi')).map(({ file }) => file);
  expect(using).toEqual(['platform/machine/system-calls.ts']);
});

/** The constants of a file, at its top level, that its own code changes. */
function changedConstants(text: string): string[] {
  const names = [...text.matchAll(/^(?:export )?const (\w+)\b/gm)].map(([, name = '']) => name);
  return names.filter((name) =>
    new RegExp(
      `(?<![.\\w])${name}(?:(?:\\.\\w+|\\[[^\\]]*\\])+ *(?:=(?![=>])|\\+\\+|--|[-+*/|&?]+=)|\\.(?:set|add|push|delete|clear|splice|pop|shift|unshift|sort|reverse)\\()`,
    ).test(text),
  );
}

/** The texts between the parentheses of every `for`, except those of `for await`. Strings are emptied. */
function forHeaders(source: string): string[] {
  const text = source.replaceAll(/'(?:\\.|[^'\n\\])*'|"(?:\\.|[^"\n\\])*"|`[^`]*`/g, "''");
  return [...text.matchAll(/\bfor \(/g)].map(({ index, 0: start }) => {
    const from = index + start.length;
    let depth = 1;
    let at = from;
    while (depth > 0 && at < text.length) {
      if (text[at] === '(') depth++;
      if (text[at] === ')') depth--;
      at++;
    }
    return text.slice(from, at - 1);
  });
}

/** A `for … of` may await the list that it walks. */
function hasAwait(header: string): boolean {
  return header.includes(';') && /\bawait\b/.test(header);
}
