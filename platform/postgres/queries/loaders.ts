import { isUniqueViolation } from '../constraints.ts';
import type { Queryable } from '../pool.ts';
import type { KeyHash } from './api-keys.ts';

export interface LoaderRow {
  id: number;
  loadername: string;
  keyprefix: string;
  /** The host that it ran on last. */
  name: string | null;
  lastseen: string;
  enabled: boolean;
  expectenv: string | null;
}

export const LOADER_COLUMNS = `
  id,
  loadername,
  keyprefix,
  name,
  lastseen,
  enabled,
  expectenv`;

export async function loaderById(db: Queryable, id: number): Promise<LoaderRow | undefined> {
  const { rows } = await db.query<LoaderRow>(
    `SELECT ${LOADER_COLUMNS}
     FROM loaders
     WHERE id = $1`,
    [id],
  );
  return rows[0];
}

/** The enabled ones of these loaders. */
export async function enabledLoaders(db: Queryable, ids: readonly number[]): Promise<LoaderRow[]> {
  const { rows } = await db.query<LoaderRow>(
    `SELECT ${LOADER_COLUMNS}
     FROM loaders
     WHERE id = ANY($1::numeric[]) AND enabled
     ORDER BY id`,
    [ids],
  );
  return rows;
}

/** The enabled loader with this key prefix, and what is stored of its key. */
export async function loaderByPrefix(
  db: Queryable,
  prefix: string,
): Promise<(LoaderRow & KeyHash) | undefined> {
  const { rows } = await db.query<LoaderRow & KeyHash>({
    name: 'loader by prefix',
    text: `SELECT ${LOADER_COLUMNS},
       loaderkey AS hash,
       salt
     FROM loaders
     WHERE keyprefix = $1 AND enabled`,
    values: [prefix],
  });
  return rows[0];
}

/** Adds a loader, which is disabled; undefined when another one has the name. */
export async function insertLoader(
  db: Queryable,
  loader: KeyHash & { name: string; prefix: string; expectenv: string },
): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO loaders (
       loadername,
       keyprefix,
       loaderkey,
       salt,
       lastseen,
       expectenv
     )
     VALUES ($1, $2, $3, $4, now(), nullif($5, ''))
     ON CONFLICT (loadername) DO NOTHING
     RETURNING id`,
    [loader.name, loader.prefix, loader.hash, loader.salt, loader.expectenv],
  );
  return rows[0]?.id;
}

/** The fields of a loader that investigators change; undefined keeps the present value. */
export interface LoaderChange {
  enabled?: boolean;
  /** Empty for none. */
  expectenv?: string;
  key?: KeyHash;
}

/** Changes a loader; returns it as it is then, or undefined when there is none with the id. */
export async function updateLoader(
  db: Queryable,
  id: number,
  { enabled, expectenv, key }: LoaderChange,
): Promise<LoaderRow | undefined> {
  const { rows } = await db.query<LoaderRow>(
    `UPDATE loaders
     SET
       enabled = coalesce($2, enabled),
       expectenv = CASE WHEN $3::text IS NULL THEN expectenv ELSE nullif($3, '') END,
       loaderkey = coalesce($4, loaderkey),
       salt = coalesce($5, salt)
     WHERE id = $1
     RETURNING ${LOADER_COLUMNS}`,
    [id, enabled ?? null, expectenv ?? null, key?.hash ?? null, key?.salt ?? null],
  );
  return rows[0];
}

/** The loader that has a queue. */
export async function loaderIdByQueue(db: Queryable, queueloc: string): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT id
     FROM loaders
     WHERE queueloc = $1`,
    [queueloc],
  );
  return rows[0]?.id;
}

/** Stores what a loader said of its machine; false when another loader has the queue that it named. */
export async function recordLoader(
  db: Queryable,
  id: number,
  sent: { name: string; env: string; tags: string; queueloc: string },
): Promise<boolean> {
  try {
    await db.query({
      name: 'record loader',
      text: `UPDATE loaders
       SET
         name = $2,
         env = $3,
         tags = $4,
         queueloc = nullif($5, ''),
         lastseen = now()
       WHERE id = $1`,
      values: [id, sent.name, sent.env, sent.tags, sent.queueloc],
    });
    return true;
  } catch (error) {
    if (isUniqueViolation(error, 'loaders_queueloc_key')) return false;
    throw error;
  }
}
