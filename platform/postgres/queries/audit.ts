import type { AuditKind, AuditOutcome, AuditRecord } from '../../../contract/audit.ts';
import { auditText, boundDetail } from '../audit-text.ts';
import type { Queryable } from '../pool.ts';
import { toRecordset } from '../recordset.ts';

/** An entry that the API records. Texts from outside are shortened and cleaned before they are stored. */
export interface AuditEntry {
  kind: AuditKind;
  outcome: AuditOutcome;
  /** A signature proved who did it. */
  isProven: boolean;
  investigatorId?: number | undefined;
  fingerprint?: string | undefined;
  actor?: string | undefined;
  address?: string | undefined;
  requestId?: string | undefined;
  objectId?: number | undefined;
  detail?: Record<string, unknown> | undefined;
  times?: number | undefined;
}

/** Adds rows to the trail, in the transaction of the change that they record. */
export async function recordAudit(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await db.query(insertAudit('$1'), [auditParameter(entries)]);
}

/** The INSERT of `recordAudit`, for a statement that does more. `parameter` is the place of `auditParameter`. */
export function insertAudit(parameter: string): string {
  return `INSERT INTO audit (
       source,
       kind,
       outcome,
       isproven,
       investigatorid,
       fingerprint,
       actor,
       address,
       requestid,
       objectid,
       detail,
       times
     )
     SELECT
       'api',
       kind,
       outcome,
       "isProven",
       "investigatorId",
       fingerprint,
       actor,
       address,
       "requestId",
       "objectId",
       detail,
       coalesce(times, 1)
     FROM jsonb_to_recordset(${parameter}) AS entry (
       kind text,
       outcome text,
       "isProven" boolean,
       "investigatorId" numeric,
       fingerprint text,
       actor text,
       address text,
       "requestId" text,
       "objectId" numeric,
       detail jsonb,
       times integer
     )`;
}

/** The parameter of `insertAudit`. */
export function auditParameter(entries: readonly AuditEntry[]): string {
  return toRecordset(
    entries.map((entry) => ({
      ...entry,
      fingerprint: optionalText(entry.fingerprint, 128),
      actor: optionalText(entry.actor, 1024),
      address: optionalText(entry.address, 64),
      requestId: optionalText(entry.requestId, 256),
      detail: boundDetail(entry.detail ?? {}),
    })),
  );
}

function optionalText(text: string | undefined, maxLength: number): string | null {
  return text === undefined ? null : auditText(text, maxLength);
}

/** Adds an entry for a change that was made in Temporal. The worker's role may add no other kind. */
export async function recordTemporalAudit(
  db: Queryable,
  entry: {
    kind: AuditKind;
    /** The caller's name in Temporal, which each caller chooses freely. */
    identity: string;
    /** Id of the Update, by which the database finds the API's order. */
    requestId?: string | undefined;
    objectId: number;
    detail?: Record<string, unknown> | undefined;
    /** Unique, at most 64 characters. */
    eventId: string;
  },
): Promise<void> {
  await db.query(
    `INSERT INTO audit (
       source,
       kind,
       outcome,
       actor,
       requestid,
       objectid,
       detail,
       eventid
     )
     VALUES ('temporal', $1, 'done', $2, $3, $4, $5, $6)`,
    [
      entry.kind,
      auditText(entry.identity, 1024),
      optionalText(entry.requestId, 256),
      entry.objectId,
      JSON.stringify(boundDetail(entry.detail ?? {})),
      entry.eventId,
    ],
  );
}

/** Adds the settings that a program starts with; the database drops them when they equal those of the last start. */
export async function recordSettings(
  db: Queryable,
  { program, settings }: { program: string; settings: Record<string, unknown> },
): Promise<void> {
  await db.query(
    `INSERT INTO audit (source, kind, outcome, actor, detail)
     VALUES ('start', 'setting', 'done', $1, $2)`,
    [auditText(program, 1024), JSON.stringify(boundDetail(settings))],
  );
}

/** Adds the entry for the first administrator, whom somebody on the server made. */
export async function recordBootstrap(
  db: Queryable,
  { id, actor, detail }: { id: number; actor: string; detail: Record<string, unknown> },
): Promise<void> {
  await db.query(
    `INSERT INTO audit (source, kind, outcome, actor, objectid, detail)
     VALUES ('start', 'bootstrap', 'done', $1, $2, $3)`,
    [auditText(actor, 1024), id, JSON.stringify(boundDetail(detail))],
  );
}

export interface AuditFilters {
  after?: string | undefined;
  before?: string | undefined;
  kind?: string | undefined;
  /** A fingerprint or a name. */
  actor?: string | undefined;
  objectId?: number | undefined;
  /** Id of the last row of the previous page: only older rows follow. */
  cursor?: number | undefined;
  limit: number;
}

const AUDIT_COLUMNS = `
       id,
       at,
       source,
       kind,
       outcome,
       isproven,
       investigatorid,
       fingerprint,
       actor,
       address,
       requestid,
       objectid,
       detail,
       times,
       orderid`;

/** A page of the trail, newest first. */
export async function searchAudit(db: Queryable, filters: AuditFilters): Promise<AuditRecord[]> {
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const conditions: string[] = [];
  const addCondition = (column: string, value: unknown) => {
    if (value !== undefined) conditions.push(`${column} ${addParameter(value)}`);
  };
  addCondition('at >', filters.after);
  addCondition('at <', filters.before);
  addCondition('kind =', filters.kind);
  addCondition('objectid =', filters.objectId);
  addCondition('id <', filters.cursor);
  const limit = addParameter(filters.limit);
  if (filters.actor === undefined) {
    const { rows } = await db.query<AuditRecord>(selectPage(AUDIT_COLUMNS, conditions, limit), values);
    return rows;
  }
  // One page from each index: a single condition with OR would sort all rows of a busy actor.
  const actor = addParameter(filters.actor);
  const byKey = selectPage('id', [...conditions, `fingerprint = upper(${actor})`], limit);
  const byName = selectPage(
    'id',
    [...conditions, `left(actor, 128) = left(${actor}, 128)`, `actor = ${actor}`],
    limit,
  );
  const { rows } = await db.query<AuditRecord>(
    selectPage(AUDIT_COLUMNS, [`id IN ((${byKey}) UNION (${byName}))`], limit),
    values,
  );
  return rows;
}

function selectPage(columns: string, conditions: readonly string[], limit: string): string {
  return `SELECT ${columns}
     FROM audit
     ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
     ORDER BY id DESC
     LIMIT ${limit}`;
}
