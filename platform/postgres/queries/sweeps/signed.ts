import { permissionBit } from '../../../../contract/permissions.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';
import type { RunKind } from './runs.ts';

/** One action of a run as investigators signed it: a window, and for a run of its own its operations. */
export interface SignedPart {
  part: number;
  name: string;
  validfrom: string;
  expireafter: string;
  /** JSON text as signed; null: those of the sweep. */
  operations: string | null;
  /** A JSON list of armored signatures. */
  signatures: string;
  postedby: number;
}

/** A part to store, with the investigators whose signatures were verified. */
export interface NewSignedPart extends SignedPart {
  plannedat: string;
  signers: readonly number[];
}

/** A run that parts belong to. */
export interface RunKey {
  sweepid: number;
  kind: RunKind;
  plannedat: string;
}

/** Stores signed parts; one that was signed before is replaced: its signer may have lost the right since. */
export async function insertSigned(
  db: Queryable,
  { sweepid, kind }: Omit<RunKey, 'plannedat'>,
  parts: readonly NewSignedPart[],
): Promise<void> {
  await db.query(
    `INSERT INTO sweep_signed (
       sweepid,
       kind,
       plannedat,
       part,
       name,
       validfrom,
       expireafter,
       operations,
       signatures,
       postedby,
       signers
     )
     SELECT
       $1,
       $2,
       plannedat,
       part,
       name,
       validfrom,
       expireafter,
       operations,
       signatures,
       postedby,
       signers
     FROM jsonb_to_recordset($3) AS s (
       plannedat timestamptz,
       part integer,
       name text,
       validfrom timestamptz,
       expireafter timestamptz,
       operations text,
       signatures text,
       postedby numeric,
       signers numeric[]
     )
     ON CONFLICT (sweepid, kind, plannedat, part) DO UPDATE
     SET
       name = excluded.name,
       validfrom = excluded.validfrom,
       expireafter = excluded.expireafter,
       operations = excluded.operations,
       signatures = excluded.signatures,
       postedby = excluded.postedby,
       signers = excluded.signers`,
    [sweepid, kind, toRecordset(parts)],
  );
}

export async function signedParts(
  db: Queryable,
  { sweepid, kind, plannedat }: RunKey,
): Promise<SignedPart[]> {
  const { rows } = await db.query<SignedPart>(
    `SELECT
       part,
       name,
       validfrom,
       expireafter,
       operations,
       signatures,
       postedby
     FROM sweep_signed
     WHERE sweepid = $1
       AND kind = $2
       AND plannedat = $3
     ORDER BY part`,
    [sweepid, kind, plannedat],
  );
  return rows;
}

/** Whether an investigator `i` may sign runs now, as a condition. */
const MAY_SIGN = `i.status = 'active'
             AND i.publickey IS NOT NULL
             AND i.permissions & ${permissionBit('action_create')} <> 0`;

/** Whether every signer of a row of `sweep_signed` may still sign runs. */
const HOLDS = `(
         cardinality(g.signers) > 0
         AND NOT EXISTS (
           SELECT FROM unnest(g.signers) AS signer (id)
           LEFT JOIN investigators i
             ON i.id = signer.id
             AND ${MAY_SIGN}
           WHERE i.id IS NULL
         )
       )`;

/** The planned times from now on whose signatures hold, by sweep, as a query. */
export const SIGNED_AHEAD = `
       SELECT
         g.sweepid,
         g.plannedat
       FROM sweep_signed g
       WHERE g.kind = 'schedule'
         AND g.expireafter > now()
       GROUP BY g.sweepid, g.plannedat
       HAVING bool_and${HOLDS}`;

/** How many runs of each of these sweeps are signed from now on, and until when. A sweep without one has no entry. */
export async function signedUntil(
  db: Queryable,
  sweepids: readonly number[],
): Promise<Map<number, { until: string; runs: number }>> {
  const { rows } = await db.query<{ sweepid: number; until: string; runs: number }>(
    `SELECT
       sweepid,
       max(plannedat) AS until,
       count(*) AS runs
     FROM (${SIGNED_AHEAD}) AS ahead
     WHERE sweepid = ANY($1)
     GROUP BY sweepid`,
    [sweepids],
  );
  return new Map(rows.map(({ sweepid, until, runs }) => [sweepid, { until, runs }]));
}

/** Planned times from now on that are signed. */
export async function signedTimes(db: Queryable, sweepid: number): Promise<string[]> {
  const { rows } = await db.query<{ plannedat: string }>(
    `SELECT plannedat
     FROM (${SIGNED_AHEAD}) AS ahead
     WHERE sweepid = $1
     ORDER BY plannedat`,
    [sweepid],
  );
  return rows.map(({ plannedat }) => plannedat);
}

/** A signer whose runs no longer count. `status` is that of the investigator. */
export interface LostSigner {
  sweepid: number;
  name: string;
  fingerprint: string;
  status: string;
  runs: number;
}

/** Who signed runs of these sweeps from now on that do not count any more, and how many. */
export async function lostSigners(db: Queryable, sweepids: readonly number[]): Promise<LostSigner[]> {
  const { rows } = await db.query<LostSigner>(
    `SELECT
       g.sweepid,
       i.name,
       i.pgpfingerprint AS fingerprint,
       i.status,
       count(DISTINCT g.plannedat) AS runs
     FROM sweep_signed g
     CROSS JOIN unnest(g.signers) AS signer (id)
     JOIN investigators i ON i.id = signer.id
     WHERE g.sweepid = ANY($1)
       AND g.kind = 'schedule'
       AND g.expireafter > now()
       AND NOT (${MAY_SIGN})
     GROUP BY g.sweepid, i.id
     ORDER BY i.name, i.id`,
    [sweepids],
  );
  return rows;
}
