import type { Queryable } from '../pool.ts';

/** A body that was noted before. */
export interface Suspect {
  digest: string;
  /** How many workers began to handle it alone, and have no session now. */
  deaths: number;
}

/** A worker with a session here has not ended. */
const DEATHS = `(
       SELECT count(*)
       FROM unnest(workers) AS worker
       WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = worker)
     )`;

/** Notes bodies that came again, and tells which of them were noted before. */
export async function noteSuspects(
  db: Queryable,
  { queue, digests }: { queue: string; digests: readonly string[] },
): Promise<Suspect[]> {
  const { rows } = await db.query(
    `WITH noted AS (
       INSERT INTO suspects (digest, queue)
       SELECT digest, $2
       FROM unnest($1::text[]) AS digest
       ORDER BY digest
       ON CONFLICT (digest) DO NOTHING
     )
     SELECT digest, ${DEATHS} AS deaths
     FROM suspects
     WHERE digest = ANY($1::text[])`,
    [digests, queue],
  );
  return rows;
}

/** Those of the bodies that are noted. */
export async function findSuspects(db: Queryable, digests: readonly string[]): Promise<Suspect[]> {
  const { rows } = await db.query(
    `SELECT digest, ${DEATHS} AS deaths
     FROM suspects
     WHERE digest = ANY($1::text[])`,
    [digests],
  );
  return rows;
}

/** Notes, before it begins, that this worker handles a body alone. */
export async function noteAttempt(
  db: Queryable,
  { queue, digest, worker }: { queue: string; digest: string; worker: string },
): Promise<void> {
  await db.query(
    `INSERT INTO suspects (digest, queue, workers)
     VALUES ($1, $2, ARRAY[$3])
     ON CONFLICT (digest) DO UPDATE SET
       workers = array_append(suspects.workers, $3),
       notedat = now()`,
    [digest, queue, worker],
  );
}

/** Clears bodies that were handled. */
export async function clearSuspects(db: Queryable, digests: readonly string[]): Promise<void> {
  await db.query('DELETE FROM suspects WHERE digest = ANY($1::text[])', [digests]);
}

/** Takes back what this worker noted: it could not handle them, but is still there. */
export async function takeBackNotes(
  db: Queryable,
  { digests, worker }: { digests: readonly string[]; worker: string },
): Promise<void> {
  await db.query(
    `WITH cleared AS (
       DELETE FROM suspects
       WHERE digest = ANY($1::text[]) AND array_remove(workers, $2) = '{}'
     )
     UPDATE suspects
     SET workers = array_remove(workers, $2)
     WHERE digest = ANY($1::text[]) AND array_remove(workers, $2) <> '{}'`,
    [digests, worker],
  );
}

/** Forgets bodies that did not come again for a day. */
export async function trimSuspects(db: Queryable): Promise<void> {
  await db.query(`DELETE FROM suspects WHERE notedat < now() - interval '1 day'`);
}
