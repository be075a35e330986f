import type { Queryable } from '../pool.ts';

/** A message body that was recorded because it was redelivered. */
export interface Suspect {
  digest: string;
  /** Workers that started to handle the body alone and have no session now. */
  deaths: number;
}

/** A worker that has a session in Postgres is alive. */
const DEATHS = `(
         SELECT count(*)
         FROM unnest(workers) AS worker
         WHERE NOT EXISTS (
           SELECT FROM pg_stat_activity
           WHERE application_name = worker
         )
       )`;

/** Records redelivered bodies, and returns those that were recorded before. */
export async function recordSuspects(
  db: Queryable,
  { queue, digests }: { queue: string; digests: readonly string[] },
): Promise<Suspect[]> {
  const { rows } = await db.query<Suspect>(
    `WITH recorded AS (
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

export async function findSuspects(db: Queryable, digests: readonly string[]): Promise<Suspect[]> {
  const { rows } = await db.query<Suspect>(
    `SELECT digest, ${DEATHS} AS deaths
     FROM suspects
     WHERE digest = ANY($1::text[])`,
    [digests],
  );
  return rows;
}

/** Records that this worker is about to handle a body alone. */
export async function recordAttempt(
  db: Queryable,
  { queue, digest, worker }: { queue: string; digest: string; worker: string },
): Promise<void> {
  await db.query(
    `INSERT INTO suspects (digest, queue, workers)
     VALUES ($1, $2, ARRAY[$3])
     ON CONFLICT (digest) DO UPDATE
     SET
       workers = array_append(suspects.workers, $3),
       notedat = now()`,
    [digest, queue, worker],
  );
}

/** Deletes bodies that were handled. */
export async function clearSuspects(db: Queryable, digests: readonly string[]): Promise<void> {
  await db.query(
    `DELETE FROM suspects
     WHERE digest = ANY($1::text[])`,
    [digests],
  );
}

/** Withdraws what this worker recorded: it failed to handle the bodies, but lives. */
export async function withdrawAttempts(
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

/** Deletes bodies that were not redelivered for a day. */
export async function trimSuspects(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM suspects
     WHERE notedat < now() - interval '1 day'`,
  );
}
