import type { Queryable } from '../../pool.ts';
import { IS_UNFINISHED } from './actions.ts';

// Which workflows of actions must be started or signalled.

/** The action has no unanswered command. */
const NO_COMMAND_WAITS = `NOT EXISTS (
       SELECT FROM commands c
       WHERE c.actionid = actions.id AND c.status = 'sent'
     )`;
/** The canary of an action with brakes has answered, and its other commands wait for that. */
const CANARY_HAS_ANSWERED = `actions.braked
         AND EXISTS (
           SELECT FROM brakes b
           WHERE b.actionid = actions.id AND b.awaitscanary
         )
         AND NOT EXISTS (
           SELECT FROM departures d
           JOIN commands c ON c.id = d.commandid
           WHERE d.actionid = actions.id
             AND d.iscanary
             AND c.status = 'sent'
         )`;
/** Signals to one workflow before its end: each one lengthens its history. */
const MAX_WAKES = 200;

export async function markWorkflowStarted(db: Queryable, id: number): Promise<void> {
  await db.query(
    `UPDATE actions
     SET workflowat = now()
     WHERE id = $1`,
    [id],
  );
}

/** Unfinished actions without a workflow; with `all` every unfinished one, for Temporal may have lost its store. */
export async function actionsToStart(db: Queryable, { all }: { all: boolean }): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT id
     FROM actions
     WHERE ${IS_UNFINISHED}
       AND ($1 OR workflowat IS NULL)
       AND (upgradeid IS NULL OR upgradeid = id)
     ORDER BY id
     LIMIT 10000`,
    [all],
  );
  return rows.map(({ id }) => id);
}

/** Actions in flight without an open command, or whose canary has answered, that were not woken lately: a signal was lost. */
export async function actionsToWake(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT id
     FROM actions
     WHERE status = 'inflight'
       AND resolvedat IS NOT NULL
       AND upgradeid IS NULL
       AND coalesce(wakedat, resolvedat) < now() - interval '5 seconds'
       AND (
         ${NO_COMMAND_WAITS}
         OR ${CANARY_HAS_ANSWERED}
       )
     LIMIT 1000`,
  );
  return rows.map(({ id }) => id);
}

/**
 * The gate over all collectors: returns the actions whose workflows must be signalled now. An action passes at once
 * when no command waits any more, else once per interval and at most 200 times. Also returns the upgrades that the
 * actions are or belong to: an upgrade needs every answer.
 */
export async function passWakeGate(
  db: Queryable,
  { ids, intervalMs }: { ids: readonly number[]; intervalMs: number },
): Promise<{ actions: number[]; upgrades: number[] }> {
  const { rows } = await db.query<{ id: number; isUpgrade: boolean }>(
    `WITH woken AS (
       UPDATE actions
       SET
         wakedat = now(),
         wakes = wakes + 1
       WHERE id = ANY($1::numeric[])
         AND upgradeid IS NULL
         AND ${IS_UNFINISHED}
         AND (
           ${NO_COMMAND_WAITS}
           OR ${CANARY_HAS_ANSWERED}
           OR wakes < ${MAX_WAKES}
             AND (wakedat IS NULL OR wakedat < now() - $2 * interval '1 millisecond')
         )
       RETURNING id
     )
     SELECT id, false AS "isUpgrade"
     FROM woken
     UNION
     SELECT upgradeid, true
     FROM actions
     WHERE id = ANY($1::numeric[]) AND upgradeid IS NOT NULL`,
    [ids, intervalMs],
  );
  return {
    actions: rows.filter(({ isUpgrade }) => !isUpgrade).map(({ id }) => id),
    upgrades: rows.filter(({ isUpgrade }) => isUpgrade).map(({ id }) => id),
  };
}
