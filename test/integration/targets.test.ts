import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLES } from '../../platform/postgres/target/allow-list.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { openSlot, type Slot } from '../setup/platform.ts';
import { conditions } from '../setup/target-grammar.ts';

let slot: Slot;
beforeAll(async () => {
  slot = await openSlot();
});
afterAll(() => slot?.[Symbol.asyncDispose]());

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const isAllowed = (target: string) =>
  checkTarget(target).then(
    () => true,
    () => false,
  );

/** Arguments by type, written so that only the function itself can cause a refusal. */
function plausible(type: string): string {
  if (/^(int|float|numeric|oid|xid|money)/.test(type)) return '1';
  if (type === 'bool') return 'true';
  if (/^json/.test(type)) return 'environment';
  if (/^(timestamp|time|date)/.test(type)) return 'starttime';
  return type === 'internal' ? 'NULL' : `'x'`;
}

interface ServerFunction {
  name: string;
  types: string[];
}

async function serverFunctions(): Promise<ServerFunction[]> {
  const { rows } = await slot.admin.query(
    `SELECT p.proname AS name, array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t) AS types
     FROM pg_proc p
     ORDER BY p.proname, p.oid`,
  );
  const short = await slot.admin.query(
    `SELECT format_type(oid, NULL) AS long, typname AS short FROM pg_type`,
  );
  const names = new Map(short.rows.map((row) => [row.long, row.short]));
  return rows.map(({ name, types }) => ({
    name,
    types: types.map((type: string) => names.get(type) ?? type),
  }));
}

async function allowedOf(names: Iterable<string>, target: (name: string) => string): Promise<string[]> {
  const allowed: string[] = [];
  for (const name of names) if (await isAllowed(target(name))) allowed.push(name);
  return allowed.sort();
}

describe('of everything in Postgres, a target may use', () => {
  test('these functions as calls, and no other', async () => {
    const functions = await serverFunctions();
    expect(functions.length).toBeGreaterThan(2500);
    const allowed = new Set<string>();
    for (const { name, types } of functions) {
      const call = `${quoted(name)}(${types.map(plausible).join(', ')})`;
      for (const target of [
        `${call} IS NULL`,
        `pg_catalog.${call} IS NULL`,
        `EXISTS (SELECT ${call} FROM commands)`,
      ]) {
        if (await isAllowed(target)) allowed.add(name);
      }
    }
    expect([...allowed].sort()).toEqual(CALLS);
  });

  test('these functions in FROM, and no other', async () => {
    const allowed = new Set<string>();
    for (const { name, types } of await serverFunctions()) {
      const call = `${quoted(name)}(${types.map(plausible).join(', ')})`;
      for (const from of [call, `${call} AS r`, `LATERAL ${call} AS r`, `ROWS FROM (${call}) AS r`]) {
        if (await isAllowed(`EXISTS (SELECT 1 FROM ${from})`)) allowed.add(name);
      }
    }
    expect([...allowed].sort()).toEqual(FROM_CALLS);
  });

  test('no function in attribute notation, where a name after a dot is a column', async () => {
    const names = new Set((await serverFunctions()).map(({ name }) => quoted(name)));
    for (const target of [
      (name: string) => `(0.5).${name} IS NULL`,
      (name: string) => `('x'::text).${name} IS NULL`,
      (name: string) => `(-1::int4).${name} IS NULL`,
      (name: string) => `(1::int8).${name} IS NULL`,
      (name: string) => `(starttime).${name} IS NULL`,
      (name: string) => `(environment::jsonb).${name} IS NULL`,
      (name: string) => `(SELECT name FROM agents LIMIT 1).${name} IS NULL`,
      (name: string) => `(agents).${name} IS NULL`,
      (name: string) => `(agents.*).${name} IS NULL`,
      (name: string) => `EXISTS (SELECT 1 FROM json_array_elements(tags) r WHERE r.${name} IS NULL)`,
    ]) {
      expect(await allowedOf(names, target), target('f')).toEqual([]);
    }
    for (const [table, columns] of TABLES) {
      const found = await allowedOf(names, (name) => `EXISTS (SELECT x.${name} FROM ${table} x)`);
      expect(found, table).toEqual(found.filter((name) => columns.has(name.slice(1, -1))));
    }
  });

  test('these operators, and no other', async () => {
    const { rows } = await slot.admin.query('SELECT DISTINCT oprname AS name FROM pg_operator');
    const names = rows.map((row) => row.name);
    expect(await allowedOf(names, (name) => `'x' OPERATOR(pg_catalog.${name}) 1 IS NULL`)).toEqual(
      NUMBER_OPERATORS,
    );
    expect(await allowedOf(names, (name) => `name OPERATOR(pg_catalog.${name}) 'x' IS NULL`)).toEqual(
      TEXT_OPERATORS,
    );
  });

  test('these types for casts, and no other', async () => {
    const { rows } = await slot.admin.query('SELECT DISTINCT typname AS name FROM pg_type');
    const names = rows.map((row) => row.name);
    expect(await allowedOf(names, (name) => `'x'::${quoted(name)} IS NULL`)).toEqual(TYPES);
    expect(await allowedOf(names, (name) => `pg_catalog.${quoted(name)} 'x' IS NULL`)).toEqual(TYPES);
  });

  test('exactly the columns that its role may read', async () => {
    const { rows } = await slot.admin.query(
      `SELECT c.relname AS table, a.attname AS column
       FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relnamespace = 'public'::regnamespace
         AND c.relkind = 'r'
         AND has_column_privilege('migreadonly', c.oid, a.attnum, 'SELECT')`,
    );
    const readable = new Set(rows.map((row) => `${row.table}.${row.column}`));
    const named = [...TABLES].flatMap(([table, columns]) => [...columns].map((name) => `${table}.${name}`));
    expect(named.filter((name) => !readable.has(name))).toEqual([]);
  });
});

test('any allowed condition that Postgres can plan', async () => {
  await fc.assert(
    fc.asyncProperty(conditions(3), async (condition) => {
      await checkTarget(condition);
      await slot.admin.query(`EXPLAIN SELECT 1 FROM agents WHERE (${condition}\n)`);
    }),
    { numRuns: 100 },
  );
});

const CALLS = `
  abbrev abs age array_length array_position broadcast btrim cardinality ceil ceiling char_length clock_timestamp
  date_part date_trunc extract family floor host hostmask inet_merge json_array_length json_extract_path
  json_extract_path_text json_typeof jsonb_array_length jsonb_exists jsonb_extract_path jsonb_extract_path_text
  jsonb_typeof left length lower ltrim masklen md5 netmask network now octet_length position right round rtrim
  set_masklen split_part starts_with statement_timestamp string_to_array strpos substr substring timezone
  to_timestamp transaction_timestamp trunc upper`
  .trim()
  .split(/\s+/);

const FROM_CALLS = `
  json_array_elements json_array_elements_text json_each json_each_text json_object_keys jsonb_array_elements
  jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys`
  .trim()
  .split(/\s+/);

const NUMBER_OPERATORS = `
  !~~ !~~* #> #>> % && * + - -> ->> / < << <<= <= <> <@ = > >= >> >>= ? ?& ?| @> ~~ ~~*`
  .trim()
  .split(/\s+/)
  .sort();

const TEXT_OPERATORS = `
  !~ !~* !~~ !~~* #> #>> && + - -> ->> < << <<= <= <> <@ = > >= >> >>= ? ?& ?| @> ~ ~* ~~ ~~*`
  .trim()
  .split(/\s+/)
  .sort();

const TYPES = `
  bool bpchar char cidr date float4 float8 inet int2 int4 int8 interval json jsonb macaddr numeric text time timestamp
  timestamptz timetz varchar`
  .trim()
  .split(/\s+/);
