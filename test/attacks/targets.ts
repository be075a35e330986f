import type { Attack } from './attack.ts';
import { tryTarget } from './try-target.ts';

const WALL = 'target: only what the allow-list names';

/** Grows exponentially with every level. */
const nested = 'abcdefgh'
  .split('')
  .reduce((inner, letter) => `replace(${inner},'${letter}','${'z'.repeat(10)}')`, `'aaaaaaaaaa'`);

/** Forbidden targets. The search and an action must refuse each before Postgres runs any of it. */
const TARGETS: readonly (readonly [name: string, target: string])[] = [
  ['a second statement', `true; DROP TABLE actions`],
  ['a closed parenthesis', `true) OR (true`],
  ['a comment left open', `true /* `],
  ['UNION after the condition', `true UNION SELECT 1`],
  ['pg_sleep', `pg_sleep(30) IS NULL`],
  ['pg_read_file', `pg_read_file('/etc/passwd') IS NOT NULL`],
  ['pg_ls_dir', `(SELECT count(*) FROM pg_ls_dir('.')) > 0`],
  ['lo_import', `lo_import('/etc/passwd') > 0`],
  ['set_config to another role', `set_config('role', 'migadmin', false) = 'x'`],
  ['dblink', `(SELECT true FROM dblink('', '') AS t (x int))`],
  ['a schema before the function', `pg_catalog.pg_sleep(30) IS NULL`],
  ['a quoted function name', `"pg_sleep"(30) IS NULL`],
  ['a function name in Unicode escapes', `U&"pg\\005fsleep"(30) IS NULL`],
  ['a table of the system', `id IN (SELECT 1 FROM pg_shadow)`],
  ['a table of the information schema', `id IN (SELECT 1 FROM information_schema.tables)`],
  ['a table that targets may not read', `id IN (SELECT id FROM manifests)`],
  ['a cast to regclass', `name::regclass IS NULL`],
  ['a cast to regproc', `'pg_sleep'::regproc IS NULL`],
  ['a cast to xml', `'<a/>'::xml IS NOT DOCUMENT`],
  ['a lock on rows', `id IN (SELECT id FROM agents FOR UPDATE)`],
  ['WITH that deletes', `id IN (WITH x AS (DELETE FROM agents RETURNING id) SELECT id FROM x)`],
  [
    'WITH that recurses for ever',
    `id IN (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT n FROM t)`,
  ],
  ['VALUES', `id IN (VALUES (1))`],
  ['advisory locks', `pg_advisory_lock(1) IS NULL`],
  ['pg_notify', `pg_notify('x', 'y') IS NULL`],
  ['nextval', `nextval('ids') > 0`],
  ['generate_series', `(SELECT count(*) FROM generate_series(1, 1000000000)) > 0`],
  ['query_to_xml', `query_to_xml('select 1', true, true, '') IS NULL`],
  ['pg_terminate_backend', `pg_terminate_backend(1)`],
  ['an operator with a schema of its own', `1 OPERATOR(public.+) 1 = 2`],
  ['a window function', `(SELECT row_number() OVER (ORDER BY id) FROM agents LIMIT 1) = 1`],
  ['TABLESAMPLE', `id IN (SELECT id FROM agents TABLESAMPLE SYSTEM (1))`],
  ['a parameter', `name = $1`],
  ['a collation of its own', `name COLLATE "C" = 'x'`],
  ['ROWS FROM with a function', `EXISTS (SELECT 1 FROM ROWS FROM (pg_ls_dir('.')) AS t)`],
  ['current_setting', `current_setting('data_directory') IS NOT NULL`],
  ['INTO', `EXISTS (SELECT 1 INTO TEMP x)`],
  ['attribute notation of pg_sleep', `(30).pg_sleep IS NULL`],
  ['attribute notation of pg_sleep on a fraction', `(0.5).pg_sleep IS NULL`],
  ['attribute notation that makes a large object', `(-1::int4).lo_creat > 0`],
  ['attribute notation of the whole row', `agents.row_to_json IS NOT NULL`],
  ['attribute notation of a name behind a table', `agents.pg_sleep IS NULL`],
  [
    'attribute notation that runs a query in ts_stat',
    `(select ('select to_tsvector(''a'')'::text).ts_stat limit 1) IS NULL`,
  ],
  ['attribute notation of an advisory lock', `(1::int8).pg_advisory_lock IS NULL`],
  ['attribute notation of current_setting', `('server_version'::text).current_setting = 'x'`],
  ['attribute notation as a cast to regclass', `('x'::text).regclass IS NULL`],
  ['attribute notation with a star', `((agents).*) IS NULL`],
  ['attribute notation on a sub-select', `(SELECT a FROM agents a LIMIT 1).to_json IS NULL`],
  ['replace in replace, 1 GB while planning', `${nested} = name`],
  ['repeat', `repeat('a', 1000000000) = name`],
  ['lpad', `lpad('a', 1000000000) = name`],
  [
    'string_agg over a product of tables',
    `(SELECT string_agg(a.name, b.name) FROM agents a, agents b) IS NULL`,
  ],
  ['concatenation that doubles', `(name || name) || (name || name) = 'x'`],
  ['regexp_replace', `regexp_replace(name, 'a', repeat('b', 1000)) = 'x'`],
  ['translate', `translate(name, 'a', 'b') = 'x'`],
  ['format', `format('%1000000000s', name) = 'x'`],
  [
    'a product of ten tables',
    `EXISTS (SELECT 1 FROM ${Array.from({ length: 10 }, (_, i) => `agents t${i}`).join(', ')})`,
  ],
  ['levels of sub-selects', `${'id IN (SELECT id FROM agents WHERE '.repeat(30)}true${')'.repeat(30)}`],
  [
    'a forbidden function on the right of UNION',
    `id IN (SELECT id FROM agents UNION SELECT lo_creat(-1)::numeric)`,
  ],
  [
    'attribute notation on the right of UNION',
    `id IN (SELECT id FROM agents UNION SELECT ((-1::int4).lo_creat)::numeric)`,
  ],
  ['the function that evaluates targets', `EXISTS (SELECT mig_target.choose('true', true))`],
  ['the function that plans targets', `mig_target.explain('true') IS NULL`],
  ['the function that expands an action', `mig_target.resolve(1, true) > 0`],
  ['a regular expression that expands', `name ~ '((a{1,200}){1,200}){1,200}'`],
  ['a regular expression with a back reference', `name ~ '(a*)*\\1'`],
  ['a regular expression made of a column', 'name ~ version'],
  ['SIMILAR TO a column', 'name SIMILAR TO version'],
  ['power with a huge exponent', `9.0 ^ 99999 ^ 2 > 1`],
];

export const TARGET_ATTACKS: readonly Attack[] = TARGETS.map(([name, target]) => ({
  name: `target: ${name}`,
  holder: "one investigator's key",
  wall: WALL,
  run: (rig) => tryTarget(rig, target),
}));
