import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTarget } from '../../../../../platform/postgres/target/target.ts';
import { conditions, hiding } from '../../../../setup/target-grammar.ts';

/** Quoted from the concepts document and the documentation of MIG. */
const GOOD = [
  `agents.queueloc like 'linux.%'`,
  `name like '%'`,
  `os='linux'`,
  `os='darwin'`,
  `version='201409171023+c4d6f50.prod'\n  and heartbeattime > NOW() - interval '1 minute'`,
  `id IN (select agentid from commands, json_array_elements(commands.results) as r where actionid=1 and r#>>'{foundanything}' = 'true')`,
  `environment->>'os'='linux' AND tags->>'operator'='IT'`,
  `mode='checkin'`,
  'true',
  `environment->>'publicip' = '203.0.113.5'`,
  `(environment->>'publicip')::inet << '10.0.0.0/8'::inet`,
  `name ~* '^web[0-9]+' AND NOT (status = 'idle' OR pid BETWEEN 1 AND 5)`,
  `lower(name) IN ('a', 'b') AND coalesce(tags->>'x', '') <> ''`,
  `EXISTS (SELECT 1 FROM signatures s JOIN investigators i ON i.id = s.investigatorid WHERE i.name = 'Bob')`,
];

describe('a target is accepted when it is', () => {
  for (const target of GOOD) test(target.slice(0, 60), async () => void (await checkTarget(target)));
});

test('a target that names the column status is recognised', async () => {
  expect((await checkTarget(`status='offline'`)).namesStatus).toBe(true);
  expect((await checkTarget(`agents.status = 'online' AND true`)).namesStatus).toBe(true);
  expect((await checkTarget(`name = 'status'`)).namesStatus).toBe(false);
});

test('an unknown column is refused with a hint how to write it', async () => {
  for (const [target, hint] of [
    [`nmae = 'web1'`, 'did you mean name?'],
    [`stauts = 'online'`, 'did you mean status?'],
    [`arch = 'arm64'`, `did you mean environment->>'arch'?`],
    [
      `datacenter = 'fra'`,
      `a value stands in single quotes, as 'datacenter', and a tag is asked for as tags->>'datacenter'`,
    ],
    [
      `"o'brien" = 'x'`,
      `a value stands in single quotes, as 'o''brien', and a tag is asked for as tags->>'o''brien'`,
    ],
  ])
    await expect(checkTarget(target ?? ''), target).rejects.toThrow(`permission denied; ${hint}`);
});

describe('a target is refused when it has', () => {
  for (const [what, target, code] of [
    ['a parameter', 'name = $1', 'target_forbidden'],
    ['an operator of another schema', `1 OPERATOR(evil.=) 1`, 'target_forbidden'],
    ['a table of another schema', 'id IN (SELECT 1 FROM evil.agents)', 'target_forbidden'],
    ['VALUES', 'id IN (VALUES (1))', 'target_forbidden'],
    ['SELECT INTO', 'id IN (SELECT 1 INTO x)', 'target_forbidden'],
    ['a window', 'id IN (SELECT row_number() OVER () FROM agents)', 'target_forbidden'],
    ['generate_series', 'id IN (SELECT generate_series(1, 1000000000))', 'target_forbidden'],
    ['lo_import', `lo_import('/etc/passwd') > 0`, 'target_forbidden'],
    ['current_setting', `current_setting('x') = 'y'`, 'target_forbidden'],
    ['query_to_xml', `query_to_xml('select 1', true, true, '') IS NULL`, 'target_forbidden'],
    ['nextval', `nextval('ids') > 0`, 'target_forbidden'],
    ['a field of a value', `(0.5).pg_sleep IS NULL`, 'target_forbidden'],
    ['a field of a cast', `('x'::text).regclass IS NULL`, 'target_forbidden'],
    ['a field of a sub-select', `(SELECT pid FROM agents LIMIT 1).pg_sleep IS NULL`, 'target_forbidden'],
    ['a field of an element', `(ARRAY[1])[1].pg_sleep IS NULL`, 'target_forbidden'],
    ['a function as a column', `agents.row_to_json IS NOT NULL`, 'target_forbidden'],
    [
      'a function as a column of an alias',
      `EXISTS (SELECT c.row_to_json FROM commands c)`,
      'target_forbidden',
    ],
    ['a whole row', `agents IS NOT NULL`, 'target_failed'],
    ['a whole row of an alias', `EXISTS (SELECT lower(c::text) FROM commands c)`, 'target_failed'],
    ['all columns as a value', `EXISTS (SELECT 1 FROM commands c WHERE (c.*) IS NULL)`, 'target_forbidden'],
    ['a row', `(id, name) = (1, 'x')`, 'target_forbidden'],
    ['a column that nobody may read', `EXISTS (SELECT i.apikey FROM investigators i)`, 'target_forbidden'],
    ['a column of the system', `agents.ctid IS NULL`, 'target_forbidden'],
    ['an alias that hides a table', `EXISTS (SELECT 1 FROM commands AS agents)`, 'target_forbidden'],
    ['an alias that hides a column', `EXISTS (SELECT 1 FROM commands AS name)`, 'target_forbidden'],
    [
      'one alias for two things',
      `EXISTS (SELECT 1 FROM commands x WHERE EXISTS (SELECT 1 FROM json_each(tags) x))`,
      'target_forbidden',
    ],
    [
      'named columns of a function',
      `EXISTS (SELECT 1 FROM json_each(tags) AS r(pg_sleep))`,
      'target_forbidden',
    ],
    ['a function on the left of a UNION', `id IN (SELECT lo_creat(1) UNION SELECT 1)`, 'target_forbidden'],
    ['a function on the right of a UNION', `id IN (SELECT 1 UNION SELECT lo_creat(1))`, 'target_forbidden'],
    [
      'a function deep in an INTERSECT',
      `id IN (SELECT 1 INTERSECT (SELECT 2 EXCEPT SELECT lo_creat(1)))`,
      'target_forbidden',
    ],
    ['a lock in a UNION', `id IN (SELECT 1 UNION (SELECT id FROM agents FOR UPDATE))`, 'target_forbidden'],
    ['replace', `replace(name, 'a', 'bb') = 'x'`, 'target_forbidden'],
    ['a concatenation', `name || 'x' = 'y'`, 'target_forbidden'],
    ['an aggregate', `(SELECT count(*) FROM commands) > 0`, 'target_forbidden'],
    ['groups', `id IN (SELECT agentid FROM commands GROUP BY agentid)`, 'target_forbidden'],
    ['an array of columns', `ARRAY[name, version] IS NULL`, 'target_forbidden'],
    ['a nested array', `ARRAY[ARRAY['x'], ARRAY['x']] IS NULL`, 'target_forbidden'],
    ['an array of rows', `ARRAY(SELECT id FROM agents) IS NULL`, 'target_forbidden'],
    ['a derived table', `id IN (SELECT x FROM (SELECT 1 AS x) y)`, 'target_forbidden'],
    ['a padded text', `'x'::char(10485760) = name`, 'target_forbidden'],
    ['a long number', `id = ${'9'.repeat(41)}`, 'target_forbidden'],
    ['a number of many digits', `id = 1e65000`, 'target_forbidden'],
    ['a text that is a number of many digits', `id = '1e131000'::numeric`, 'target_forbidden'],
    ['a document with such a number', `('[1e131000]'::jsonb)::text = name`, 'target_forbidden'],
    ['a product of columns', `id * id = 1`, 'target_forbidden'],
    ['a pattern out of a column', `name ~ version`, 'target_forbidden'],
    ['a pattern of a sub-select', `name ~ ANY (SELECT version FROM agents)`, 'target_forbidden'],
    ['a pattern in the form of a function', `substring(name, '(a|aa)+') = 'a'`, 'target_forbidden'],
    ['a back reference', `name ~ '(a*)*\\1'`, 'target_forbidden'],
    ['a back reference by another escape', `name SIMILAR TO '(a*)*#1' ESCAPE '#'`, 'target_forbidden'],
    ['a comment before a repeat', `name ~ '(a{1,9})(?#x){1,9}'`, 'target_forbidden'],
    ['a space before a repeat', `name ~ '(?x)(a{1,9}) {1,9}'`, 'target_forbidden'],
    ['another grammar', `name ~ '***(?b)\\(a*\\)*\\1'`, 'target_forbidden'],
    ['a repeated group', `name ~ '((a{1,9}){1,9}){1,9}'`, 'target_forbidden'],
    ['a pattern with many repeats', `name ~ 'a{200}b{200}'`, 'target_forbidden'],
    ['a long pattern', `name ~ '${'a?'.repeat(200)}'`, 'target_forbidden'],
    ['a cast inside a pattern', `name ~ ('x'::regclass)`, 'target_forbidden'],
    ['the name of the user', `current_user = 'x'`, 'target_forbidden'],
    ['many tables', `EXISTS (SELECT 1 FROM ${'agents a, '.repeat(6)}agents)`, 'target_forbidden'],
    [
      'many sub-selects',
      `id IN (${'SELECT id FROM agents WHERE id IN ('.repeat(6)}1${')'.repeat(7)}`,
      'target_forbidden',
    ],
    ['many levels', `${'NOT '.repeat(400)}true`, 'target_forbidden'],
    ['many parts', `id IN (${Array.from({ length: 900 }, () => '1').join(',')})`, 'target_forbidden'],
    ['many characters', `name = '${'x'.repeat(2048)}'`, 'target_syntax'],
    ['a zero character', `name = 'x\0'`, 'target_syntax'],
    ['nothing', '', 'target_syntax'],
    ['only a comment', '-- x', 'target_syntax'],
  ] as const) {
    test(what, async () => {
      await expect(checkTarget(target)).rejects.toMatchObject({ code });
    });
  }
});

describe('a target of the list is refused', () => {
  for (const target of readFileSync('test/fixtures/cases/targets-refused.txt', 'utf8').trim().split('\n')) {
    test(target.slice(0, 60), async () => {
      await expect(checkTarget(target)).rejects.toMatchObject({ code: 'target_forbidden' });
    });
  }
});

test('an allowed condition is allowed at every depth', async () => {
  await fc.assert(
    fc.asyncProperty(conditions(3), async (condition) => {
      await expect(checkTarget(condition)).resolves.toBeDefined();
    }),
    { numRuns: 300 },
  );
});

/** Parts that are forbidden anywhere in a condition. */
const FORBIDDEN = [
  `(0.5).pg_sleep`,
  `agents.row_to_json`,
  `pg_catalog.pg_sleep(1)`,
  `'x'::regclass`,
  `('x'::text).ts_stat`,
  `(SELECT a.lo_creat FROM agents a)`,
  `repeat('x', 100)`,
  `replace(name, 'a', 'bb')`,
  `name || name`,
  `to_json(name)`,
  `(SELECT string_agg(name, 'x') FROM agents)`,
  `ARRAY[name]`,
  `ROW(1, 2)`,
  `(SELECT 1 UNION SELECT pg_backend_pid())`,
  `(SELECT pg_backend_pid() INTERSECT SELECT 1)`,
  `$1`,
];

test('a forbidden part is refused at every depth', async () => {
  const hidden = fc
    .tuple(fc.constantFrom(...FORBIDDEN), fc.nat(3))
    .chain(([part, depth]) => hiding(part, depth));
  await fc.assert(
    fc.asyncProperty(hidden, async (target) => {
      await expect(checkTarget(target)).rejects.toMatchObject({ code: 'target_forbidden' });
    }),
    { numRuns: 500 },
  );
});

test('any text is accepted or refused with a code of its own, never another error', async () => {
  const words = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '.',
    ',',
    `'`,
    '"',
    '$$',
    '--',
    '/*',
    ';',
    '*',
    '::',
    'SELECT',
    'FROM',
    'agents',
    'name',
    'AND',
    'NOT',
    'IN',
    'UNION',
    'AS',
    'r',
    '1',
    `'x'`,
    '=',
    '~',
    'json_each',
    'OVER',
    'WITH',
    'ROW',
  );
  const texts = fc.oneof(
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.tuple(words, fc.nat(400)).map(([word, times]) => `${word} `.repeat(times)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (target) => {
      const code = await checkTarget(target).then(
        () => undefined,
        (error) => error.code ?? String(error),
      );
      expect([undefined, 'target_syntax', 'target_forbidden', 'target_failed']).toContain(code);
    }),
    { numRuns: 1000 },
  );
});
