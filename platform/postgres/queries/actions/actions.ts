import { MAX_EVENT_TEXT } from '../../../../contract/events/endpoint.ts';
import { RawJson } from '../../../../contract/go/json.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';
import { type AuditEntry, auditParameter, insertAudit } from '../audit.ts';

/** An action as stored. `operations`, `description`, `threat` and `pgpsignatures` are JSON text, byte for byte. */
export interface ActionRow {
  id: number;
  name: string;
  target: string;
  description: string;
  threat: string;
  operations: string;
  validfrom: string;
  expireafter: string;
  starttime: string;
  finishtime: string;
  lastupdatetime: string;
  status: string;
  syntaxversion: number;
  pgpsignatures: string;
  reason: string | null;
  paused: boolean;
  cancelledat: string | null;
  resolvedat: string | null;
  /** Its commands leave only as its brakes allow. */
  braked: boolean;
}

export const ACTION_COLUMNS = [
  'id',
  'name',
  'target',
  'description',
  'threat',
  'operations',
  'validfrom',
  'expireafter',
  'starttime',
  'finishtime',
  'lastupdatetime',
  'status',
  'syntaxversion',
  'pgpsignatures',
  'reason',
  'paused',
  'cancelledat',
  'resolvedat',
  'braked',
].map((column) => `actions.${column}`);

/** The condition on `actions` for an action that still runs or waits. */
export const IS_UNFINISHED = `status NOT IN ('completed', 'invalid', 'cancelled')`;

/** The row in MIG's names and order (spec/action.md#fields), the signed parts byte for byte as stored. */
export function actionRecord(row: ActionRow) {
  return {
    id: row.id,
    name: row.name,
    target: row.target,
    description: new RawJson(row.description),
    threat: new RawJson(row.threat),
    validfrom: row.validfrom,
    expireafter: row.expireafter,
    operations: new RawJson(row.operations),
    pgpsignatures: new RawJson(row.pgpsignatures),
    status: row.status,
    starttime: row.starttime,
    finishtime: row.finishtime,
    lastupdatetime: row.lastupdatetime,
    counters: {},
    syntaxversion: row.syntaxversion,
  };
}

export interface NewAction {
  name: string;
  target: string;
  description: string;
  threat: string;
  operations: string;
  validfrom: string;
  expireafter: string;
  syntaxversion: number;
  signatures: readonly { investigatorId: number; signature: string }[];
  /** The investigator who posted it. An idempotency key counts for its owner alone. */
  postedBy: number;
  idempotencyKey: string | undefined;
  bodyDigest: Buffer;
  /** Entries of the audit trail, stored with the signatures in one statement. The worker has none. */
  audit: readonly AuditEntry[];
}

interface InsertedAction {
  id: number;
  isNew: boolean;
  isSameBody: boolean;
}

/**
 * Stores an action and its signatures, in the caller's transaction. For a repeated idempotency key it returns the
 * first action, and whether the body is the same.
 */
export async function insertAction(db: Queryable, action: NewAction): Promise<InsertedAction> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO actions (
       name,
       target,
       description,
       threat,
       operations,
       validfrom,
       expireafter,
       syntaxversion,
       pgpsignatures,
       idempotencykey,
       idempotencyowner,
       bodydigest
     )
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (idempotencyowner, idempotencykey) DO NOTHING
     RETURNING id`,
    [
      action.name,
      action.target,
      action.description,
      action.threat,
      action.operations,
      action.validfrom,
      action.expireafter,
      action.syntaxversion,
      JSON.stringify(action.signatures.map(({ signature }) => signature)),
      action.idempotencyKey ?? null,
      action.postedBy,
      action.bodyDigest,
    ],
  );
  const inserted = rows[0];
  if (!inserted) return findRepeated(db, action);
  await insertSignatures(db, inserted.id, action);
  return { id: inserted.id, isNew: true, isSameBody: true };
}

async function insertSignatures(
  db: Queryable,
  id: number,
  { signatures, audit }: Pick<NewAction, 'signatures' | 'audit'>,
): Promise<void> {
  const insert = `INSERT INTO signatures (actionid, investigatorid, pgpsignature)
       SELECT $1, "investigatorId", signature
       FROM jsonb_to_recordset($2) AS s ("investigatorId" numeric, signature text)`;
  const values = [id, toRecordset(signatures)];
  // The worker may add no such entries: what it launches was recorded when it was signed.
  if (audit.length === 0) {
    await db.query(insert, values);
    return;
  }
  await db.query(
    `WITH signed AS (
       ${insert}
     )
     ${insertAudit('$3')}`,
    [...values, auditParameter(audit.map((entry) => ({ ...entry, objectId: id })))],
  );
}

async function findRepeated(
  db: Queryable,
  { postedBy, idempotencyKey, bodyDigest }: NewAction,
): Promise<InsertedAction> {
  const { rows } = await db.query<{ id: number; bodydigest: Buffer }>(
    `SELECT id, bodydigest
     FROM actions
     WHERE idempotencyowner = $1 AND idempotencykey = $2`,
    [postedBy, idempotencyKey],
  );
  const [first] = rows;
  if (!first) throw new Error(`no action has the idempotency key ${idempotencyKey}`);
  return { id: first.id, isNew: false, isSameBody: bodyDigest.equals(first.bodydigest) };
}

export async function actionById(db: Queryable, id: number): Promise<ActionRow | undefined> {
  const { rows } = await db.query<ActionRow>({
    name: 'action by id',
    text: `SELECT ${ACTION_COLUMNS.join(', ')}
     FROM actions
     WHERE id = $1`,
    values: [id],
  });
  return rows[0];
}

/** An action whose commands are about to leave, with the milliseconds until it expires by the clock of all workers. */
export async function actionToSend(
  db: Queryable,
  id: number,
): Promise<(ActionRow & { leftMs: number }) | undefined> {
  const { rows } = await db.query<ActionRow & { leftMs: number }>({
    name: 'action to send',
    text: `SELECT
       ${ACTION_COLUMNS.join(', ')},
       extract(epoch FROM expireafter - clock_timestamp())::float8 * 1000 AS "leftMs"
     FROM actions
     WHERE id = $1`,
    values: [id],
  });
  return rows[0];
}

/** Changes the status of an unfinished action; false when its status is final. */
export async function setActionStatus(
  db: Queryable,
  { id, status }: Pick<ActionRow, 'id' | 'status'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions
     SET
       status = $2,
       starttime = CASE WHEN resolvedat IS NULL THEN now() ELSE starttime END,
       lastupdatetime = now()
     WHERE id = $1 AND ${IS_UNFINISHED}`,
    [id, status],
  );
  return rowCount === 1;
}

/** Gives an unfinished action its final status, and records the event; false when it has one. */
export async function finishAction(
  db: Queryable,
  { id, status, reason }: Pick<ActionRow, 'id' | 'status' | 'reason'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `WITH ended AS (
       UPDATE actions
       SET
         status = $2,
         reason = $3,
         paused = false,
         finishtime = now(),
         lastupdatetime = now()
       WHERE id = $1 AND ${IS_UNFINISHED}
       RETURNING id, name, status, reason
     ), counted AS (
       SELECT status, count(*) AS count
       FROM commands
       WHERE actionid = $1
       GROUP BY status
     ), event AS (
       INSERT INTO events (kind, detail)
       SELECT
         'action.ended',
         jsonb_build_object(
           'actionid', id,
           'name', left(name, ${MAX_EVENT_TEXT}),
           'status', status,
           'reason', left(reason, ${MAX_EVENT_TEXT}),
           'runid', (SELECT runid FROM sweep_actions WHERE actionid = $1),
           'counters', (SELECT coalesce(jsonb_object_agg(status, count), '{}') FROM counted)
         )
       FROM ended
     )
     SELECT
     FROM ended`,
    [id, status, reason],
  );
  return rowCount === 1;
}

/** Stores that an action pauses or resumes; false when its status is final. */
export async function setPaused(
  db: Queryable,
  { id, paused }: Pick<ActionRow, 'id' | 'paused'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions
     SET
       paused = $2,
       lastupdatetime = now()
     WHERE id = $1 AND ${IS_UNFINISHED}`,
    [id, paused],
  );
  return rowCount === 1;
}

/** Stores that an action is to be cancelled; false when its status is final. */
export async function requestCancel(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions
     SET
       cancelledat = coalesce(cancelledat, now()),
       lastupdatetime = now()
     WHERE id = $1 AND ${IS_UNFINISHED}`,
    [id],
  );
  return rowCount === 1;
}

/** Notifies all listeners for these actions of a change, when the transaction commits. */
export async function notifyActions(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    `SELECT pg_notify('mig_action', id::text)
     FROM unnest($1::numeric[]) AS id`,
    [ids],
  );
}
