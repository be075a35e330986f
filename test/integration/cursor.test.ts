import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { readLongPages } from '../../platform/postgres/cursor.ts';
import { TYPES } from '../../platform/postgres/pool.ts';
import { openSlot } from '../setup/platform.ts';

const STATEMENT_MS = 500;

test('a reader that takes longer than a statement may gets every page, of one moment', async () => {
  await using slot = await openSlot();
  await slot.admin.query('CREATE TABLE pages AS SELECT generate_series(1, 50) AS n');
  const connectionString = slot.urlOf('migadmin', slot.name);
  const pool = new pg.Pool({ connectionString, types: TYPES, statement_timeout: STATEMENT_MS, max: 1 });
  const read: number[] = [];
  const text = 'SELECT n FROM pages WHERE n > $1 ORDER BY n';
  for await (const rows of readLongPages<{ n: number }>(pool, { text, values: [0], pageRows: 10 })) {
    if (read.length === 0) await slot.admin.query('DELETE FROM pages');
    read.push(...rows.map(({ n }) => n));
    await sleep(STATEMENT_MS / 2);
  }
  expect(read).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  // The connection went back to the pool without a transaction.
  expect((await pool.query('SELECT count(*)::int AS count FROM pages')).rows).toEqual([{ count: 0 }]);
  await pool.end();
});
