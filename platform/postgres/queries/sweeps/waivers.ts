import { MigError } from '../../../../contract/errors.ts';
import type { Queryable } from '../../pool.ts';

export interface WaiverRow {
  id: number;
  sweepid: number;
  document: string;
  signatures: string;
  checkid: string;
  agents: string[];
  /** The endpoints that it covers; empty with no agents: all of the sweep. */
  queuelocs: string[];
  /** Those that it covers or that have one of its names, as they are named now. */
  endpoints: { queueloc: string; agent: string; covered: boolean }[];
  why: string;
  until: string;
  signedby: number;
  signer: string;
  fingerprint: string;
  createdat: string;
  revokedat: string | null;
}

/**
 * Whether a waiver `v` covers an item `i` now, as a condition. Endpoints name their agents themselves, so that only queue
 * names count.
 */
export const COVERS_ITEM = `v.sweepid = i.sweepid
        AND v.checkid = i.checkid
        AND v.revokedat IS NULL
        AND v.until > now()
        AND (v.agents = '{}' OR i.queueloc = ANY(v.queuelocs))`;

/** Throws `conflict` when the same signed text was stored before. */
export async function insertWaiver(
  db: Queryable,
  waiver: Omit<WaiverRow, 'id' | 'signer' | 'fingerprint' | 'createdat' | 'revokedat' | 'endpoints'>,
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `WITH inserted AS (
       INSERT INTO waivers (sweepid, document, signatures, checkid, agents, queuelocs, why, until, signedby)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (sweepid, md5(document)) DO NOTHING
       RETURNING id, sweepid, checkid, until
     ), event AS (
       INSERT INTO events (kind, detail)
       SELECT
         'sweep.waived',
         jsonb_build_object('sweepid', sweepid, 'waiverid', id, 'check', checkid, 'until', until)
       FROM inserted
     )
     SELECT id
     FROM inserted`,
    [
      waiver.sweepid,
      waiver.document,
      waiver.signatures,
      waiver.checkid,
      waiver.agents,
      waiver.queuelocs,
      waiver.why,
      waiver.until,
      waiver.signedby,
    ],
  );
  const [row] = rows;
  if (!row)
    throw new MigError('conflict', 'this waiver was given before, and may have been revoked: sign a new one');
  return row.id;
}

/** The waivers of a sweep, newest first, with those that have expired or were revoked. */
export async function waiversOf(db: Queryable, sweepid: number): Promise<WaiverRow[]> {
  const { rows } = await db.query<WaiverRow>(
    `SELECT
       w.id,
       w.sweepid,
       w.document,
       w.signatures,
       w.checkid,
       w.agents,
       w.queuelocs,
       coalesce(e.endpoints, '[]') AS endpoints,
       w.why,
       w.until,
       w.signedby,
       i.name AS signer,
       i.pgpfingerprint AS fingerprint,
       w.createdat,
       w.revokedat
     FROM waivers w
     JOIN investigators i ON i.id = w.signedby
     LEFT JOIN LATERAL (
       SELECT jsonb_agg(
         jsonb_build_object(
           'queueloc', s.queueloc,
           'agent', s.agent,
           'covered', s.queueloc = ANY(w.queuelocs)
         )
         ORDER BY s.queueloc
       ) AS endpoints
       FROM sweep_endpoints s
       WHERE s.sweepid = w.sweepid
         AND (s.queueloc = ANY(w.queuelocs) OR s.agent = ANY(w.agents))
     ) AS e ON true
     WHERE w.sweepid = $1
     ORDER BY w.id DESC
     LIMIT 1000`,
    [sweepid],
  );
  return rows;
}

/** False when the sweep has no such waiver, or it was revoked before. */
export async function revokeWaiver(
  db: Queryable,
  { id, sweepid }: { id: number; sweepid: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE waivers
     SET revokedat = now()
     WHERE id = $1
       AND sweepid = $2
       AND revokedat IS NULL`,
    [id, sweepid],
  );
  return rowCount === 1;
}
