import { readdirSync, readFileSync } from 'node:fs';
import { inTransaction, type Pool } from './pool.ts';

const DIR = new URL('./migrations/', import.meta.url);
/** Any constant; with this advisory lock one process migrates at a time. */
const LOCK = 4_827_190;

/** Applies missing migrations, each in a transaction, and returns their names. Processes may run it concurrently. */
export async function migrate(pool: Pool): Promise<string[]> {
  const files = readdirSync(DIR)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort();
  await inTransaction(pool, async (db) => {
    await db.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await db.query(
      `CREATE TABLE IF NOT EXISTS migrations (
         name text PRIMARY KEY,
         appliedat timestamptz DEFAULT now()
       )`,
    );
  });
  const applied: string[] = [];
  for (const file of files) {
    if (await applyOnce(pool, file)) applied.push(file);
  }
  return applied;
}

async function applyOnce(pool: Pool, file: string): Promise<boolean> {
  return inTransaction(pool, async (db) => {
    await db.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const { rowCount } = await db.query(
      `SELECT FROM migrations
       WHERE name = $1`,
      [file],
    );
    if (rowCount === 1) return false;
    await db.query(readFileSync(new URL(file, DIR), 'utf8'));
    await db.query(
      `INSERT INTO migrations (name)
       VALUES ($1)`,
      [file],
    );
    return true;
  });
}
