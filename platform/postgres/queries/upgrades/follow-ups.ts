import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';

/** An action that the platform signed itself, for endpoints that have reached a certain step of an upgrade. */
export interface FollowUpAction {
  /** Unique; stored as the idempotency key. */
  key: string;
  name: string;
  target: string;
  validfrom: string;
  expireafter: string;
  /** JSON text, signed byte for byte. */
  operations: string;
  signature: string;
  commands: readonly { agentId: number; queueloc: string; topid: number | undefined }[];
}

/**
 * Stores actions that need no workflow, with their commands and the scheduler's signature, in one statement. Returns
 * the id of each command by its endpoint.
 */
export async function insertFollowUps(
  db: Queryable,
  { upgradeId, signerId }: { upgradeId: number; signerId: number },
  actions: readonly FollowUpAction[],
): Promise<Map<string, number>> {
  const commands = actions.flatMap(({ key, commands }) => commands.map((command) => ({ key, ...command })));
  const { rows } = await db.query<{ id: number; queueloc: string }>(STORE_FOLLOW_UPS, [
    upgradeId,
    signerId,
    toRecordset(actions),
    toRecordset(commands),
  ]);
  return new Map(rows.map(({ id, queueloc }) => [queueloc, id]));
}

const STORE_FOLLOW_UPS = `
  WITH input AS (
    SELECT *
    FROM jsonb_to_recordset($3) AS action (
      key text,
      name text,
      target text,
      operations text,
      validfrom timestamptz,
      expireafter timestamptz,
      signature text
    )
  ), stored AS (
    INSERT INTO actions (
      name,
      target,
      description,
      threat,
      operations,
      validfrom,
      expireafter,
      starttime,
      lastupdatetime,
      status,
      syntaxversion,
      pgpsignatures,
      idempotencykey,
      idempotencyowner,
      workflowat,
      resolvedat,
      upgradeid
    )
    SELECT
      name,
      target,
      '{}',
      '{}',
      operations::json,
      validfrom,
      expireafter,
      now(),
      now(),
      'inflight',
      2,
      json_build_array(signature)::text,
      key,
      $2::numeric,
      now(),
      now(),
      $1
    FROM input
    RETURNING id, idempotencykey
  ), signed AS (
    INSERT INTO signatures (actionid, investigatorid, pgpsignature)
    SELECT stored.id, $2, input.signature
    FROM stored
    JOIN input ON input.key = stored.idempotencykey
  )
  INSERT INTO commands (actionid, agentid, queueloc, topid)
  SELECT stored.id, command."agentId", command.queueloc, command.topid
  FROM jsonb_to_recordset($4) AS command (
    key text,
    "agentId" numeric,
    queueloc text,
    topid integer
  )
  JOIN stored ON stored.idempotencykey = command.key
  RETURNING id, queueloc`;

/** The target of a follow-up action: one endpoint, or all of the upgrade. */
export function followUpTarget(upgradeId: number, onlyQueueloc: string | undefined): string {
  return onlyQueueloc === undefined
    ? `queueloc IN (SELECT queueloc FROM commands WHERE actionid = ${upgradeId})`
    : `queueloc = '${onlyQueueloc}'`;
}

const OPEN_FOLLOW_UPS = `
       SELECT id
       FROM actions
       WHERE upgradeid = $1
         AND id <> $1
         AND status = 'inflight'`;

/** Expires the unanswered commands of an upgrade's follow-up actions: the upgrade is over. */
export async function expireFollowUps(db: Queryable, upgradeId: number): Promise<void> {
  await db.query(
    `UPDATE commands
     SET
       status = 'expired',
       finishtime = now()
     WHERE status = 'sent'
       AND actionid IN (${OPEN_FOLLOW_UPS})`,
    [upgradeId],
  );
}

/** Completes the follow-up actions of an upgrade that have no unanswered command. */
export async function completeFollowUps(db: Queryable, upgradeId: number): Promise<void> {
  await db.query(
    `UPDATE actions
     SET
       status = 'completed',
       finishtime = now(),
       lastupdatetime = now()
     WHERE id IN (${OPEN_FOLLOW_UPS})
       AND NOT EXISTS (
         SELECT FROM commands c
         WHERE c.actionid = actions.id AND c.status = 'sent'
       )`,
    [upgradeId],
  );
}
