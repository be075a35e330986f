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

test('no file has mutable state of its own', () => {
  expect(find(/^(export )?(let|var) /gm, shipped)).toEqual([]);
});

test('nothing is awaited in the header of a for', () => {
  expect(find(/\bfor \([^)]*;[^)]*\bawait\b[^)]*\)/g, sources)).toEqual([]);
});

test('one file of platform/machine calls functions of the C library', () => {
  const using = shipped.filter(({ text }) => text.includes('bun:ffi')).map(({ file }) => file);
  expect(using).toEqual(['platform/machine/system-calls.ts']);
});
