import type { AuditKind, AuditOutcome, AuditRecord } from '../../../contract/audit.ts';
import type { Queryable } from '../pool.ts';

/** What the API records. Texts may come from outside: they are cut and cleaned on their way to the row. */
export interface AuditEntry {
  kind: AuditKind;
  outcome: AuditOutcome;
  /** A signature showed who it was. */
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

/** Adds rows to the trail; in the transaction of what they tell of. */
export async function recordAudit(db: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await db.query(insertAudit('$1'), [auditParameter(entries)]);
}

/** The statement of `recordAudit`, for one that does something else in the same breath. */
export function insertAudit(parameter: string): string {
  return `INSERT INTO audit (source, kind, outcome, isproven, investigatorid, fingerprint, actor, address, requestid,
      objectid, detail, times)
    SELECT 'api', kind, outcome, "isProven", "investigatorId", fingerprint, actor, address, "requestId",
      "objectId", coalesce(detail, '{}'), coalesce(times, 1)
    FROM jsonb_to_recordset(${parameter}::jsonb)
      AS e (kind text, outcome text, "isProven" boolean, "investigatorId" numeric, fingerprint text, actor text,
        address text, "requestId" text, "objectId" numeric, detail jsonb, times integer)`;
}

/** The parameter of `insertAudit`. */
export function auditParameter(entries: readonly AuditEntry[]): string {
  return JSON.stringify(
    entries.map((entry) => ({
      ...entry,
      fingerprint: auditText(entry.fingerprint, 128),
      actor: auditText(entry.actor, 1024),
      address: auditText(entry.address, 64),
      requestId: auditText(entry.requestId, 256),
      detail: boundDetail(entry.detail ?? {}),
    })),
  );
}

/** Adds what was done in Temporal; by the worker, whose role may claim nothing else. */
export async function recordTemporalAudit(
  db: Queryable,
  entry: {
    kind: AuditKind;
    /** Who Temporal says it was: anybody may write anything there. */
    identity: string;
    /** Of the Update; the database finds the API's order by it. */
    requestId?: string | undefined;
    objectId: number;
    detail?: Record<string, unknown> | undefined;
    /** Tells the event from every other one, at most 64 characters. */
    eventId: string;
  },
): Promise<void> {
  await db.query(
    `INSERT INTO audit (source, kind, outcome, actor, requestid, objectid, detail, eventid)
     VALUES ('temporal', $1, 'done', $2, $3, $4, $5, $6)`,
    [
      entry.kind,
      auditText(entry.identity, 1024),
      auditText(entry.requestId, 256) ?? null,
      entry.objectId,
      JSON.stringify(boundDetail(entry.detail ?? {})),
      entry.eventId,
    ],
  );
}

/** Adds the settings that a program starts with, unless they are those of its last start. */
export async function recordSettings(
  db: Queryable,
  { program, settings }: { program: string; settings: Record<string, unknown> },
): Promise<void> {
  await db.query(
    `INSERT INTO audit (source, kind, outcome, actor, detail) VALUES ('start', 'setting', 'done', $1, $2)`,
    [auditText(program, 1024), JSON.stringify(boundDetail(settings))],
  );
}

export interface AuditFilters {
  after?: string | undefined;
  before?: string | undefined;
  kind?: string | undefined;
  /** A fingerprint or a name. */
  actor?: string | undefined;
  objectId?: number | undefined;
  /** Only rows older than this one: the last of the page before. */
  cursor?: number | undefined;
  limit: number;
}

/** A page of the trail, newest first. */
export async function searchAudit(db: Queryable, filters: AuditFilters): Promise<AuditRecord[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const conditions: string[] = [];
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value !== undefined) conditions.push(condition(parameter(value)));
  };
  add(filters.after, (p) => `at > ${p}`);
  add(filters.before, (p) => `at < ${p}`);
  add(filters.kind, (p) => `kind = ${p}`);
  add(filters.objectId, (p) => `objectid = ${p}`);
  add(filters.cursor, (p) => `id < ${p}`);
  const limit = parameter(filters.limit);
  const page = (columns: string, all: readonly string[]) =>
    `SELECT ${columns}
     FROM audit
     ${all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`}
     ORDER BY id DESC
     LIMIT ${limit}`;
  if (filters.actor === undefined) return (await db.query(page(AUDIT_COLUMNS, conditions), values)).rows;
  // One page by each index: a single condition with OR in it would sort all rows of a busy actor.
  const actor = parameter(filters.actor);
  const byKey = page('id', [...conditions, `fingerprint = upper(${actor})`]);
  const byName = page('id', [...conditions, `left(actor, 128) = left(${actor}, 128)`, `actor = ${actor}`]);
  const text = page(AUDIT_COLUMNS, [`id IN ((${byKey}) UNION (${byName}))`]);
  return (await db.query(text, values)).rows;
}

const AUDIT_COLUMNS = `id, at, source, kind, outcome, isproven, investigatorid, fingerprint, actor, address, requestid, objectid,
       detail, times, orderid`;

const MAX_TEXT = 512;
const MAX_ENTRIES = 32;
const MAX_DETAIL_BYTES = 6_000;
/** Controls, invisible and direction marks, halves of characters: nothing that could change how a line reads. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

function auditText(text: string | undefined, maxLength: number): string | undefined {
  return text === undefined
    ? undefined
    : [...text.slice(0, 2 * maxLength)].slice(0, maxLength).join('').replace(UNPRINTABLE, '\uFFFD');
}

/** What a row may hold of texts from outside: short, few, printable. */
function boundDetail(detail: Record<string, unknown>): Record<string, unknown> {
  const bounded = Object.fromEntries(
    Object.entries(detail)
      .slice(0, MAX_ENTRIES)
      .map(([name, value]) => [auditText(name, 64), bound(value, 0)]),
  );
  return Buffer.byteLength(JSON.stringify(bounded)) <= MAX_DETAIL_BYTES ? bounded : { istoolarge: true };
}

function bound(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return auditText(value, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= 3) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((one) => bound(one, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([name, one]) => [auditText(name, 64), bound(one, depth + 1)]),
  );
}
