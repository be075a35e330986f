import fc from 'fast-check';
import { conditions } from '../setup/target-grammar.ts';
import type { Make } from './generate.ts';

// Inputs in a parser's own language, or close to it.

const SQL = [
  'SELECT',
  'FROM',
  'WHERE',
  'AND',
  'OR',
  'NOT',
  'IN',
  'LIKE',
  'IS NULL',
  'CASE WHEN',
  'THEN',
  'END',
  'UNION',
  'EXISTS',
  'ANY',
  'ARRAY',
  'BETWEEN',
  'CAST',
  'AS',
  'COLLATE',
  'interval',
  'OVER',
  'LATERAL',
  'WITH x AS',
  'ROW',
  'agents',
  'commands',
  'name',
  'tags',
  'environment',
  'id',
  'pid',
  'status',
  'now()',
  'pg_sleep',
  'lower',
  'json',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  '.',
  '*',
  '+',
  '-',
  '/',
  '%',
  '=',
  '<>',
  '~*',
  '->>',
  '#>>',
  '::',
  '||',
  '$1',
  ':x',
  "'x'",
  "E'\\000'",
  "U&'\\+10FFFF'",
  "B'101'",
  '"name"',
  '1',
  '1e400',
  '1_0',
  '0x1',
  '$$x$$',
  '--',
  '/*',
  'null',
];

/** Allowed conditions, some with pieces of SQL inserted; words in random order; deep nesting. */
export const targets: fc.Arbitrary<Make> = fc.oneof(
  conditions(3).map(ofText),
  fc
    .tuple(conditions(2), fc.array(fc.tuple(fc.nat(), fc.constantFrom(...SQL)), { maxLength: 3 }))
    .map(([text, puts]) =>
      ofText(
        puts.reduce((old, [at, word]) => {
          const from = at % (old.length + 1);
          return `${old.slice(0, from)} ${word} ${old.slice(from)}`;
        }, text),
      ),
    ),
  fc.array(fc.constantFrom(...SQL), { maxLength: 40 }).map((words) => ofText(words.join(' '))),
  fc
    .tuple(
      fc.constantFrom(['(', 'true', ')'], ['NOT ', 'true', ''], ['- ', '1', ' = 1'], ['ARRAY[', '1', ']']),
      fc.constantFrom(10, 100, 1000, 4000),
    )
    .map(([[open = '', middle = '', close = ''], depth]) =>
      ofText(open.repeat(depth) + middle + close.repeat(depth)),
    ),
);

const line = fc.oneof(
  fc
    .tuple(fc.stringMatching(/^[a-zA-Z][\w-]{0,12}$/), fc.string({ maxLength: 40 }))
    .map(([key, value]) => `${key} = ${value}`),
  fc.stringMatching(/^\[[ -~]{0,16}\]?$/),
  fc.constantFrom(
    '[agent]',
    '[certs]',
    '[limits]',
    '[logging]',
    '[report]',
    '; x',
    '# x',
    '',
    'key',
    'key = "a;b" ; c',
  ),
  fc
    .tuple(
      fc.constantFrom(
        'relay',
        'proxies',
        'heartbeatfreq',
        'tags',
        'ca',
        'cpu',
        'level',
        'keep',
        'maxsize',
        'api',
      ),
      fc.oneof(
        fc.webUrl(),
        fc.string({ maxLength: 30 }),
        fc.integer().map(String),
        fc.constantFrom('"', '"\\', '\u0000'),
      ),
    )
    .map(([key, value]) => `${key}=${value}`),
);

/** Lines of a configuration file. */
export const iniLines: fc.Arbitrary<Make> = fc
  .array(line, { maxLength: 20 })
  .map((lines) => ofText(lines.join('\n')));

/** Variables, one a line, some of them with a valid value. */
export function variables(names: readonly string[]): fc.Arbitrary<Make> {
  const value = fc.oneof(
    fc.integer().map(String),
    fc.double().map(String),
    fc.string({ maxLength: 30 }),
    fc.webUrl(),
    fc.constantFrom(
      'true',
      'amqps://a:b%zz@h/v',
      'amqp://[::1]',
      'amqps://',
      'postgres://x',
      'x-forwarded-for:9',
      '',
    ),
  );
  return fc
    .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 })
    .map((lines) => ofText(lines.map(([name, text]) => `${name}=${text}`).join('\n')));
}

function ofText(text: string): Make {
  return () => Buffer.from(text);
}
