import { MigError } from '../../../../contract/errors.ts';
import type { Pause } from '../../../../contract/rules/planned-time.ts';
import type { Queryable } from '../../pool.ts';

/** A sweep as stored. `document`, `signatures` and `operations` are text, byte for byte. */
export interface SweepRow {
  id: number;
  name: string;
  document: string;
  /** A JSON list of armored detached signatures over `document`. */
  signatures: string;
  /** A JSON list: the operations of each action of a run, as they are signed. */
  operations: string;
  createdby: number;
  createdat: string;
  paused: boolean;
  deletedat: string | null;
  scheduledas: string | null;
  accountedto: string;
}

const COLUMNS = `
  id,
  name,
  document,
  signatures,
  operations,
  createdby,
  createdat,
  paused,
  deletedat,
  scheduledas,
  accountedto`;

/** Stores a sweep; throws `conflict` when one of this name exists. */
export async function insertSweep(
  db: Queryable,
  sweep: Pick<SweepRow, 'name' | 'document' | 'signatures' | 'operations' | 'createdby'>,
): Promise<SweepRow> {
  const { rows } = await db.query<SweepRow>(
    `INSERT INTO sweeps (name, document, signatures, operations, createdby)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (name) WHERE deletedat IS NULL DO NOTHING
     RETURNING ${COLUMNS}`,
    [sweep.name, sweep.document, sweep.signatures, sweep.operations, sweep.createdby],
  );
  const [row] = rows;
  if (!row)
    throw new MigError('conflict', `a sweep '${sweep.name}' exists: delete it first, or choose another name`);
  return row;
}

export async function sweepById(db: Queryable, id: number): Promise<SweepRow | undefined> {
  const { rows } = await db.query<SweepRow>(`SELECT ${COLUMNS} FROM sweeps WHERE id = $1`, [id]);
  return rows[0];
}

/** The sweep of this name that was not deleted. */
export async function sweepByName(db: Queryable, name: string): Promise<SweepRow | undefined> {
  const { rows } = await db.query<SweepRow>(
    `SELECT ${COLUMNS}
     FROM sweeps
     WHERE name = $1 AND deletedat IS NULL`,
    [name],
  );
  return rows[0];
}

/** All sweeps that were not deleted. */
export async function allSweeps(db: Queryable): Promise<SweepRow[]> {
  const { rows } = await db.query<SweepRow>(
    `SELECT ${COLUMNS}
     FROM sweeps
     WHERE deletedat IS NULL
     ORDER BY name`,
  );
  return rows;
}

/** What changes of a sweep. Its document, which may have half a megabyte, never does. */
export type ScheduledSweep = Pick<
  SweepRow,
  'id' | 'name' | 'paused' | 'deletedat' | 'scheduledas' | 'accountedto'
>;

/** All sweeps that were not deleted, and those whose schedule must still be deleted. */
export async function scheduledSweeps(db: Queryable): Promise<ScheduledSweep[]> {
  const { rows } = await db.query<ScheduledSweep>(
    `SELECT
       id,
       name,
       paused,
       deletedat,
       scheduledas,
       accountedto
     FROM sweeps
     WHERE deletedat IS NULL
       OR scheduledas IS NOT NULL
     ORDER BY name`,
  );
  return rows;
}

/** The overlap policy of Temporal's schedule of a sweep; null when it has none. */
export async function scheduledOverlap(db: Queryable, id: number): Promise<string | null> {
  const { rows } = await db.query<{ overlap: string | null }>(
    `SELECT scheduledas::jsonb->>'overlap' AS overlap
     FROM sweeps
     WHERE id = $1`,
    [id],
  );
  return rows[0]?.overlap ?? null;
}

/** Pauses or resumes a sweep, and remembers when. */
export async function setSweepPaused(
  db: Queryable,
  { id, paused }: { id: number; paused: boolean },
): Promise<void> {
  await db.query(
    `WITH changed AS (
       UPDATE sweeps
       SET paused = $2
       WHERE id = $1
         AND paused <> $2
       RETURNING id
     ), ended AS (
       UPDATE sweep_pauses
       SET resumedat = now()
       WHERE sweepid = $1
         AND resumedat IS NULL
         AND NOT $2
     )
     INSERT INTO sweep_pauses (sweepid)
     SELECT id
     FROM changed
     WHERE $2`,
    [id, paused],
  );
}

/** The pauses of a sweep that lasted longer than until `since`. Both ends are rounded up: planned times are whole seconds. */
export async function pausesOf(
  db: Queryable,
  { sweepid, since }: { sweepid: number; since: string },
): Promise<Pause[]> {
  const { rows } = await db.query<Pause>(
    `SELECT
       ceil(extract(epoch FROM pausedat) * 1000) AS "fromMs",
       ceil(extract(epoch FROM resumedat) * 1000) AS "toMs"
     FROM sweep_pauses
     WHERE sweepid = $1
       AND (resumedat IS NULL OR resumedat > $2)
     ORDER BY pausedat`,
    [sweepid, since],
  );
  return rows;
}

export async function deleteSweep(db: Queryable, id: number): Promise<void> {
  await db.query(
    `UPDATE sweeps
     SET deletedat = now()
     WHERE id = $1 AND deletedat IS NULL`,
    [id],
  );
}

/** Remembers what Temporal's schedule was made from; null when it has none. */
export async function markScheduled(
  db: Queryable,
  { id, scheduledas }: Pick<SweepRow, 'id' | 'scheduledas'>,
): Promise<void> {
  await db.query(
    `UPDATE sweeps
     SET scheduledas = $2
     WHERE id = $1`,
    [id, scheduledas],
  );
}

/** Every planned time until `to` has a run now. */
export async function markAccounted(db: Queryable, { id, to }: { id: number; to: string }): Promise<void> {
  await db.query(
    `UPDATE sweeps
     SET accountedto = greatest(accountedto, $2)
     WHERE id = $1`,
    [id, to],
  );
}
