import type { Answers, CanaryFacts } from '../../../../contract/rules/brakes/decide.ts';
import type { Queryable } from '../../pool.ts';
import { readRow } from '../../read-row.ts';
import { HAS_FAILED, HAS_MATCHES } from '../actions/counters.ts';
import {
  OUTGOING_COLUMNS,
  type OutgoingCommand,
  type OutgoingRow,
  toOutgoing,
} from '../commands/commands.ts';

// The one way on which commands of an action with brakes leave. Everything here runs while its brakes are locked.

/** The command `c` is unanswered and not on the relay. */
const IS_UNSENT = `c.status = 'sent' AND c.publishedat IS NULL`;
/** It could leave at once: the relay has not returned it. */
const IS_READY = `${IS_UNSENT} AND c.returnedat IS NULL`;

/** The command `c` of the departure `d` has left, or leaves now: the newest attempt of the brakes `b` has taken it. */
const HAS_LEFT = `(c.publishedat IS NOT NULL OR d.attempt = b.attempt)`;

interface SendingAttempt {
  attempt: number;
  /** The commands that have left before. */
  left: number;
}

/**
 * Begins an attempt to send the commands of an action, and locks its brakes; undefined when it has none. From now on no earlier
 * attempt takes or withdraws any. Commands that left before there were brakes become departures.
 */
export async function beginAttempt(db: Queryable, actionId: number): Promise<SendingAttempt | undefined> {
  const { rows } = await db.query<{ attempt: number }>(
    `UPDATE brakes
     SET attempt = attempt + 1
     WHERE actionid = $1
     RETURNING attempt`,
    [actionId],
  );
  const attempt = rows[0]?.attempt;
  if (attempt === undefined) return undefined;
  await db.query(
    `INSERT INTO departures (commandid, actionid, leftat, attempt)
     SELECT c.id, c.actionid, c.publishedat, $2
     FROM commands c
     WHERE c.actionid = $1
       AND c.publishedat IS NOT NULL
       AND NOT EXISTS (
         SELECT FROM departures d
         WHERE d.commandid = c.id
       )`,
    [actionId, attempt],
  );
  const { left } = await readRow<{ left: number }>(db, {
    text: `SELECT count(*) AS left
     FROM departures d
     JOIN commands c ON c.id = d.commandid
     WHERE d.actionid = $1 AND c.publishedat IS NOT NULL`,
    values: [actionId],
  });
  return { attempt, left };
}

/**
 * Counts the answers that came since the last call, and returns all that count. An answer has failed when the command did,
 * was refused, or ran out of time, or when one of its modules did not report success.
 */
export async function countNewAnswers(db: Queryable, actionId: number): Promise<Answers> {
  return readRow<Answers & { [column: string]: number }>(db, {
    text: `WITH counted AS (
       UPDATE departures d
       SET
         isfailed = commands.status <> 'success' OR ${HAS_FAILED},
         ismatched = ${HAS_MATCHES}
       FROM commands
       WHERE d.actionid = $1
         AND d.isfailed IS NULL
         AND commands.id = d.commandid
         AND commands.status IN ('success', 'failed', 'timeout')
         AND commands.publishedat IS NOT NULL
       RETURNING d.isfailed, d.ismatched
     ), sum AS (
       SELECT
         count(*) AS answered,
         count(*) FILTER (WHERE isfailed) AS failed,
         count(*) FILTER (WHERE ismatched) AS matched
       FROM counted
     )
     UPDATE brakes b
     SET
       answered = b.answered + sum.answered,
       failed = b.failed + sum.failed,
       matched = b.matched + sum.matched
     FROM sum
     WHERE b.actionid = $1
     RETURNING b.answered, b.failed, b.matched`,
    values: [actionId],
  });
}

/** What decides about the commands of an action, besides its settings and its answers. */
export interface DepartureFacts {
  nowMs: number;
  paused: boolean;
  /** Cancelled, ended or expired: nothing leaves any more. */
  isOver: boolean;
  nextAtMs: number | null;
  targeted: number;
  hasReady: boolean;
  hasUnsent: boolean;
}

/** The facts now. Postgres' clock is that of all workers. */
export async function departureFacts(db: Queryable, actionId: number): Promise<DepartureFacts> {
  return readRow<DepartureFacts & { [column: string]: unknown }>(db, {
    text: `SELECT
       extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs",
       x.paused,
       x.cancelledat IS NOT NULL OR x.status <> 'inflight' OR x.expireafter <= now() AS "isOver",
       extract(epoch FROM b.nextat)::float8 * 1000 AS "nextAtMs",
       (SELECT count(*) FROM commands c WHERE c.actionid = x.id) AS targeted,
       EXISTS (SELECT FROM commands c WHERE c.actionid = x.id AND ${IS_READY}) AS "hasReady",
       EXISTS (SELECT FROM commands c WHERE c.actionid = x.id AND ${IS_UNSENT}) AS "hasUnsent"
     FROM actions x
     JOIN brakes b ON b.actionid = x.id
     WHERE x.id = $1`,
    values: [actionId],
  });
}

export async function canaryFacts(db: Queryable, actionId: number): Promise<Omit<CanaryFacts, 'isPassed'>> {
  return readRow<Omit<CanaryFacts, 'isPassed'> & { [column: string]: unknown }>(db, {
    text: `SELECT
       count(*) AS left,
       extract(epoch FROM max(d.leftat))::float8 * 1000 AS "lastLeftAtMs",
       count(*) FILTER (WHERE c.status = 'sent') AS waiting,
       count(*) FILTER (WHERE d.isfailed IS NOT NULL) AS answered,
       count(*) FILTER (WHERE d.isfailed) AS failed
     FROM departures d
     JOIN brakes b ON b.actionid = d.actionid
     JOIN commands c ON c.id = d.commandid
     WHERE d.actionid = $1
       AND d.iscanary
       AND ${HAS_LEFT}`,
    values: [actionId],
  });
}

/**
 * Online endpoints first, then in turn one of each system and version, in an order that depends on the action and the
 * endpoint alone.
 */
const SPREAD = `a.status = 'online' DESC,
         row_number() OVER (
           PARTITION BY a.status = 'online', a.os, a.version
           ORDER BY md5(c.actionid || '/' || c.queueloc)
         ),
         md5(c.actionid || '/' || c.queueloc)`;

export interface DepartureTurn {
  actionId: number;
  attempt: number;
  /** The most commands to take. */
  most: number;
  isCanary: boolean;
  nowMs: number;
}

/**
 * Marks the next commands as leaving, and returns them to be published. Those that an earlier attempt took and did not mark as
 * published may have reached their agents: for the canary they come first. The others leave in the order of their ids, which is
 * the same each time.
 */
export async function takeDepartures(
  db: Queryable,
  { actionId, attempt, most, isCanary, nowMs }: DepartureTurn,
): Promise<OutgoingCommand[]> {
  const { rows } = await db.query<OutgoingRow>(
    `WITH chosen AS (
       SELECT c.id
       FROM commands c
       JOIN agents a ON a.id = c.agentid
       ${isCanary ? 'LEFT JOIN departures d ON d.commandid = c.id' : ''}
       WHERE c.actionid = $1 AND ${IS_READY}
       ORDER BY ${isCanary ? `d.commandid IS NOT NULL DESC, ${SPREAD}` : 'c.id'}
       LIMIT $2
     ), leaving AS (
       INSERT INTO departures (commandid, actionid, leftat, iscanary, attempt)
       SELECT id, $1, to_timestamp($4::float8 / 1000), $3, $5
       FROM chosen
       ON CONFLICT (commandid) DO UPDATE
       SET
         leftat = excluded.leftat,
         attempt = excluded.attempt,
         iscanary = departures.iscanary OR excluded.iscanary
       RETURNING commandid
     )
     SELECT ${OUTGOING_COLUMNS}
     FROM leaving
     JOIN commands c ON c.id = leaving.commandid
     JOIN agents a ON a.id = c.agentid
     ORDER BY c.id`,
    [actionId, most, isCanary, nowMs, attempt],
  );
  return rows.map(toOutgoing);
}

/**
 * Which of some commands may still leave: it was their turn, their action was not stopped meanwhile, nor did its window close.
 * Those of a page that was read before the action had brakes wait for their turn, and so do those of an earlier attempt.
 */
export async function stillLeaving(db: Queryable, ids: readonly number[]): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT c.id
     FROM commands c
     JOIN actions x ON x.id = c.actionid
     JOIN brakes b ON b.actionid = x.id
     WHERE c.id = ANY($1::numeric[])
       AND ${IS_UNSENT}
       AND NOT x.paused
       AND x.cancelledat IS NULL
       AND (b.closesat IS NULL OR b.closesat > clock_timestamp())
       AND EXISTS (
         SELECT FROM departures d
         WHERE d.commandid = c.id AND d.attempt = b.attempt
       )`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/**
 * Those of some commands that an attempt took and that did not leave after all are no departures. Returns how many of these
 * could leave at once: the relay has not returned them.
 */
export async function withdrawUnsent(
  db: Queryable,
  { ids, attempt }: { ids: readonly number[]; attempt: number },
): Promise<number> {
  const { rows } = await db.query<{ isReady: boolean }>(
    `DELETE FROM departures d
     USING commands c
     WHERE d.commandid = ANY($1::numeric[])
       AND d.attempt = $2
       AND c.id = d.commandid
       AND c.publishedat IS NULL
     RETURNING ${IS_READY} AS "isReady"`,
    [ids, attempt],
  );
  return rows.filter(({ isReady }) => isReady).length;
}
