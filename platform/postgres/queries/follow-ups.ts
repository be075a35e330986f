import type { Queryable } from '../pool.ts';

/** An action that the platform signed itself, for endpoints that an upgrade has brought to a certain step. */
export interface FollowUpAction {
  /** Tells it from every other one. */
  key: string;
  name: string;
  target: string;
  validfrom: string;
  expireafter: string;
  operations: string;
  signature: string;
  commands: readonly { agentId: number; queueloc: string; topid: number | undefined }[];
}

/**
 * Stores actions that need no workflow, with their commands and the scheduler's signature; gives each command's id by the
 * endpoint. One statement, however many.
 */
export async function insertFollowUps(
  db: Queryable,
  { upgradeId, signerId }: { upgradeId: number; signerId: number },
  actions: readonly FollowUpAction[],
): Promise<Map<string, number>> {
  const commands = actions.flatMap(({ key, commands }) => commands.map((command) => ({ key, ...command })));
  const { rows } = await db.query(
    `WITH input AS (
       SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::text[])
         AS i (key, name, target, operations, validfrom, expireafter, signature)
     ), stored AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, starttime, finishtime,
         lastupdatetime, status, syntaxversion, pgpsignatures, idempotencykey, idempotencyowner, workflowat, resolvedat, upgradeid)
       SELECT name, target, '{}', '{}', operations::json, validfrom, expireafter, now(), '9998-01-11T11:11:11Z', now(),
         'inflight', 2, json_build_array(signature)::text, key, $2::numeric, now(), now(), $1 FROM input
       RETURNING id, idempotencykey
     ), signed AS (
       INSERT INTO signatures (actionid, investigatorid, pgpsignature)
       SELECT stored.id, $2, input.signature FROM stored JOIN input ON input.key = stored.idempotencykey
     )
     INSERT INTO commands (actionid, agentid, queueloc, status, starttime, finishtime, topid)
     SELECT stored.id, c.agentid, c.queueloc, 'sent', now(), '9998-01-11T11:11:11Z', c.topid
     FROM unnest($10::text[], $11::numeric[], $12::text[], $13::int[]) AS c (key, agentid, queueloc, topid)
       JOIN stored ON stored.idempotencykey = c.key
     RETURNING id, queueloc`,
    [
      upgradeId,
      signerId,
      actions.map((a) => a.key),
      actions.map((a) => a.name),
      actions.map((a) => a.target),
      actions.map((a) => a.operations),
      actions.map((a) => a.validfrom),
      actions.map((a) => a.expireafter),
      actions.map((a) => a.signature),
      commands.map((c) => c.key),
      commands.map((c) => c.agentId),
      commands.map((c) => c.queueloc),
      commands.map((c) => c.topid ?? null),
    ],
  );
  return new Map(rows.map(({ id, queueloc }) => [queueloc, id]));
}

/** Completes those of an upgrade's follow-up actions that wait for nothing any more; all of them when it is over. */
export async function finishFollowUps(
  db: Queryable,
  upgradeId: number,
  { isOver }: { isOver: boolean },
): Promise<void> {
  const open = `SELECT id FROM actions WHERE upgradeid = $1 AND id <> $1 AND status = 'inflight'`;
  if (isOver) {
    await db.query(
      `UPDATE commands SET status = 'expired', finishtime = now() WHERE status = 'sent' AND actionid IN (${open})`,
      [upgradeId],
    );
  }
  await db.query(
    `UPDATE actions SET status = 'completed', finishtime = now(), lastupdatetime = now() WHERE id IN (${open})
       AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.actionid = actions.id AND c.status = 'sent')`,
    [upgradeId],
  );
}
