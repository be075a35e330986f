import { RawJson } from '../../../contract/go/json.ts';
import { type Counters, noCounters } from '../../../contract/rules/accounting.ts';
import type { Queryable } from '../pool.ts';
import { type AuditEntry, auditParameter, insertAudit } from './audit.ts';

/** An action as stored; `operations`, `description`, `threat` and `pgpsignatures` are JSON text, byte for byte. */
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
].map((column) => `actions.${column}`);

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
  /** Whoever posted it: an idempotency key is theirs alone. */
  postedBy: number;
  idempotencyKey: string | undefined;
  bodyDigest: Buffer;
  /** What the audit trail keeps of it, with the signatures in one statement. */
  audit: readonly AuditEntry[];
}

/**
 * Stores an action and its signatures, in the caller's transaction. A repeated idempotency key returns the first
 * action instead, and whether its body was the same.
 */
export async function insertAction(
  db: Queryable,
  action: NewAction,
): Promise<{ id: number; isNew: boolean; isSameBody: boolean }> {
  const { rows } = await db.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, starttime, finishtime,
       lastupdatetime, status, syntaxversion, pgpsignatures, idempotencykey, idempotencyowner, bodydigest)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '0011-01-11T11:11:11Z', '9998-01-11T11:11:11Z', '0011-01-11T11:11:11Z', 'pending',
       $8, $9, $10, $11, $12)
     ON CONFLICT (idempotencyowner, idempotencykey) DO NOTHING RETURNING id`,
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
  const id = rows[0]?.id as number | undefined;
  if (id === undefined) return findRepeated(db, action);
  await db.query(
    `WITH signed AS (
       INSERT INTO signatures (actionid, investigatorid, pgpsignature)
       SELECT $1, * FROM unnest($2::numeric[], $3::text[])
     )
     ${insertAudit('$4')}`,
    [
      id,
      action.signatures.map((s) => s.investigatorId),
      action.signatures.map((s) => s.signature),
      auditParameter(action.audit.map((entry) => ({ ...entry, objectId: id }))),
    ],
  );
  return { id, isNew: true, isSameBody: true };
}

async function findRepeated(db: Queryable, action: NewAction) {
  const { rows } = await db.query(
    'SELECT id, bodydigest FROM actions WHERE idempotencyowner = $1 AND idempotencykey = $2',
    [action.postedBy, action.idempotencyKey],
  );
  const isSameBody = action.bodyDigest.equals(rows[0].bodydigest);
  return { id: rows[0].id as number, isNew: false, isSameBody };
}

export async function actionById(db: Queryable, id: number): Promise<ActionRow | undefined> {
  const text = `SELECT ${ACTION_COLUMNS.join(', ')} FROM actions WHERE id = $1`;
  const { rows } = await db.query({ name: 'action by id', text, values: [id] });
  return rows[0];
}

const RESULTS = `CASE json_typeof(commands.results) WHEN 'array' THEN commands.results END`;
/** Whether an answer carries errors, or a module in it does not say that it succeeded. */
export const HAS_ERRORS = `EXISTS (
  SELECT 1 FROM json_array_elements(${RESULTS}) r
  WHERE r ->> 'success' IS DISTINCT FROM 'true'
    OR CASE json_typeof(r -> 'errors')
      WHEN 'array' THEN json_array_length(r -> 'errors') > 0
      WHEN 'null' THEN false
      ELSE r -> 'errors' IS NOT NULL
    END
)`;

/** The accounting of several actions in one snapshot. */
export async function countersOfActions(
  db: Queryable,
  ids: readonly number[],
): Promise<Map<number, Counters>> {
  const { rows } = await db.query(
    'SELECT actionid, status, count(*) AS count FROM commands WHERE actionid = ANY($1::numeric[]) GROUP BY 1, 2',
    [ids],
  );
  const byAction = new Map<number, Counters>(ids.map((id) => [id, noCounters()]));
  for (const { actionid, status, count } of rows) {
    const counters = byAction.get(actionid);
    if (counters) counters[status as keyof Counters] = count;
  }
  return byAction;
}

export async function countersOf(db: Queryable, id: number): Promise<Counters> {
  return (await countersOfActions(db, [id])).get(id) ?? noCounters();
}

/** An answer in which a module does not say that it succeeded; MIG's counters call it a success. */
const HAS_FAILED = `commands.status = 'success' AND EXISTS (
  SELECT 1 FROM json_array_elements(${RESULTS}) r WHERE r ->> 'success' IS DISTINCT FROM 'true'
)`;

/** The accounting of one action with the answers of modules that failed, in one snapshot. It reads every answer. */
export async function countersWithFailures(
  db: Queryable,
  id: number,
): Promise<{ counters: Counters; failures: number }> {
  const { rows } = await db.query(
    `SELECT status, count(*) AS count, count(*) FILTER (WHERE ${HAS_FAILED}) AS failures
     FROM commands
     WHERE actionid = $1
     GROUP BY status`,
    [id],
  );
  const counted = { counters: noCounters(), failures: 0 };
  for (const { status, count, failures } of rows) {
    counted.counters[status as keyof Counters] = count;
    counted.failures += failures;
  }
  return counted;
}

export interface Progress {
  counters: Counters;
  /** Answers that found something, and answers with errors or of a module that failed. */
  matches: number;
  errors: number;
}

/** How far an action is, for people who watch: one statement, so that its numbers belong together. */
export async function progressOf(db: Queryable, id: number): Promise<Progress> {
  const { rows } = await db.query(
    `SELECT status, count(*) AS count, count(*) FILTER (WHERE found) AS matches, count(*) FILTER (WHERE erred) AS errors
     FROM (
       SELECT status,
         EXISTS (
           SELECT 1 FROM json_array_elements(${RESULTS}) r WHERE r ->> 'foundanything' = 'true'
         ) AS found,
         ${HAS_ERRORS} AS erred
       FROM commands
       WHERE actionid = $1
     ) answers
     GROUP BY status`,
    [id],
  );
  const progress = { counters: noCounters(), matches: 0, errors: 0 };
  for (const { status, count, matches, errors } of rows) {
    progress.counters[status as keyof Counters] = count;
    progress.matches += matches;
    progress.errors += errors;
  }
  return progress;
}

const UNFINISHED = `status NOT IN ('completed', 'invalid', 'cancelled')`;

/** Moves an unfinished action to another status; false when it was final already. */
export async function setActionStatus(db: Queryable, id: number, status: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions SET status = $2, lastupdatetime = now(),
       starttime = CASE WHEN resolvedat IS NULL THEN now() ELSE starttime END
     WHERE id = $1 AND ${UNFINISHED}`,
    [id, status],
  );
  return rowCount === 1;
}

export async function finishActionRow(
  db: Queryable,
  id: number,
  status: string,
  reason: string | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions SET status = $2, reason = $3, finishtime = now(), lastupdatetime = now(), paused = false
     WHERE id = $1 AND ${UNFINISHED}`,
    [id, status, reason],
  );
  return rowCount === 1;
}

/** Commits pause or resume; false when the action is final. */
export async function setPaused(db: Queryable, id: number, paused: boolean): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions SET paused = $2, lastupdatetime = now() WHERE id = $1 AND ${UNFINISHED}`,
    [id, paused],
  );
  return rowCount === 1;
}

/** Commits the wish to cancel; false when the action is final. */
export async function requestCancel(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE actions SET cancelledat = coalesce(cancelledat, now()), lastupdatetime = now() WHERE id = $1 AND ${UNFINISHED}`,
    [id],
  );
  return rowCount === 1;
}

export async function markWorkflowStarted(db: Queryable, id: number): Promise<void> {
  await db.query('UPDATE actions SET workflowat = now() WHERE id = $1', [id]);
}

/** Unfinished actions whose workflow was never started; all of them when Temporal may have lost its store. */
export async function actionsToStart(db: Queryable, { all }: { all: boolean }): Promise<number[]> {
  const { rows } = await db.query(
    `SELECT id FROM actions WHERE ${UNFINISHED} AND ($1 OR workflowat IS NULL) AND (upgradeid IS NULL OR upgradeid = id)
     ORDER BY id LIMIT 10000`,
    [all],
  );
  return rows.map((row) => row.id);
}

/** Actions in flight that wait for nothing any more and were not woken lately: a signal got lost on the way. */
export async function actionsToWake(db: Queryable): Promise<number[]> {
  const { rows } = await db.query(
    `SELECT id FROM actions WHERE status = 'inflight' AND resolvedat IS NOT NULL AND upgradeid IS NULL
       AND coalesce(wakedat, resolvedat) < now() - interval '5 seconds'
       AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.actionid = actions.id AND c.status = 'sent') LIMIT 1000`,
  );
  return rows.map((row) => row.id);
}

/**
 * The gate over all collectors: returns those of the actions whose workflow must be signalled now. At once when
 * nothing waits any more, else once per interval and at most 200 times. And the upgrades that the actions are, or are
 * steps of: those want to know of every answer.
 */
export async function passWakeGate(
  db: Queryable,
  ids: readonly number[],
  intervalMs: number,
): Promise<{ actions: number[]; upgrades: number[] }> {
  const { rows } = await db.query(
    `WITH woken AS (
       UPDATE actions SET wakedat = now(), wakes = wakes + 1
       WHERE id = ANY($1::numeric[]) AND upgradeid IS NULL AND ${UNFINISHED}
         AND (NOT EXISTS (SELECT 1 FROM commands c WHERE c.actionid = actions.id AND c.status = 'sent')
           OR (wakes < 200 AND (wakedat IS NULL OR wakedat < now() - $2 * interval '1 millisecond')))
       RETURNING id
     )
     SELECT id, false AS "isUpgrade" FROM woken
     UNION SELECT upgradeid, true FROM actions WHERE id = ANY($1::numeric[]) AND upgradeid IS NOT NULL`,
    [ids, intervalMs],
  );
  const idsOf = (isUpgrade: boolean) => rows.filter((row) => row.isUpgrade === isUpgrade).map(({ id }) => id);
  return { actions: idsOf(false), upgrades: idsOf(true) };
}

/** Tells everybody who follows these actions that something changed, when the transaction commits. */
export async function notifyActions(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(`SELECT pg_notify('mig_action', id::text) FROM unnest($1::numeric[]) AS id`, [ids]);
}
