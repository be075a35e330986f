import type { OutboxEvent } from '../../../../contract/events/event.ts';
import type { Pool, Queryable } from '../../pool.ts';
import { readEvents } from '../events.ts';
import { IS_FOR_WEBHOOK } from './deliveries.ts';

/** The reader of the outbox that makes deliveries. */
export const WEBHOOK_READER = 'webhooks';
const EVENTS_AT_ONCE = 500;

/** Makes the deliveries of the next events, each once. Returns the number of events. */
export function makeDeliveries(pool: Pool): Promise<number> {
  return readEvents(pool, { reader: WEBHOOK_READER, limit: EVENTS_AT_ONCE }, async (events, db) => {
    await db.query(
      `INSERT INTO webhook_deliveries (webhookid, eventid)
       SELECT w.id, e.id
       FROM webhooks w
       JOIN events e ON e.id = ANY ($1::bigint[]) AND ${IS_FOR_WEBHOOK}
       WHERE w.enabled
       ORDER BY e.id
       ON CONFLICT (webhookid, eventid) DO NOTHING`,
      [events.map(({ id }) => id)],
    );
  });
}

/** A delivery that this worker tries now. */
export interface ClaimedDelivery extends OutboxEvent {
  deliveryId: number;
  webhookId: number;
  url: string;
  attempts: number;
  /** The present one first. */
  secrets: Buffer[];
}

/**
 * Claims due deliveries, of each webhook as many as this worker has places for. Until the lease ends no other worker claims
 * them; after it they are due again, for their worker was killed.
 */
export async function claimDeliveries(
  db: Queryable,
  options: { leaseMs: number; placesOfWebhook: number; busy: ReadonlyMap<number, number> },
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `WITH due AS (
       SELECT d.id
       FROM webhooks w
       CROSS JOIN LATERAL (
         SELECT id
         FROM webhook_deliveries
         WHERE webhookid = w.id
           AND state = 'waiting'
           AND dueat <= now()
         ORDER BY dueat, id
         LIMIT greatest($2 - coalesce(($3::jsonb ->> w.id::text)::integer, 0), 0)
         FOR UPDATE SKIP LOCKED
       ) AS d
       WHERE w.enabled
         AND w.notbefore <= now()
     ), claimed AS (
       UPDATE webhook_deliveries d
       SET
         attempts = d.attempts + 1,
         dueat = now() + $1 * interval '1 millisecond'
       FROM due
       WHERE d.id = due.id
       RETURNING d.id, d.webhookid, d.eventid, d.attempts
     )
     SELECT
       c.id AS "deliveryId",
       c.webhookid AS "webhookId",
       c.attempts,
       w.url,
       e.id,
       e.at,
       e.kind,
       e.detail,
       ARRAY(
         SELECT s.secret
         FROM webhook_secrets s
         WHERE s.webhookid = c.webhookid
           AND (s.expiresat IS NULL OR s.expiresat > now())
         ORDER BY s.id DESC
       ) AS secrets
     FROM claimed c
     JOIN webhooks w ON w.id = c.webhookid
     JOIN events e ON e.id = c.eventid
     ORDER BY c.id`,
    [options.leaseMs, options.placesOfWebhook, JSON.stringify(Object.fromEntries(options.busy))],
  );
  return rows;
}

/** In how many milliseconds the next delivery is due of all webhooks but these; undefined when none waits. */
export async function nextDueMs(db: Queryable, except: readonly number[]): Promise<number | undefined> {
  const { rows } = await db.query<{ ms: number | null }>(
    `SELECT (extract(epoch FROM min(greatest(d.dueat, w.notbefore)) - now()) * 1000)::float8 AS ms
     FROM webhooks w
     CROSS JOIN LATERAL (
       SELECT dueat
       FROM webhook_deliveries
       WHERE webhookid = w.id
         AND state = 'waiting'
       ORDER BY dueat
       LIMIT 1
     ) AS d
     WHERE w.enabled
       AND w.id <> ALL ($1::numeric[])`,
    [except],
  );
  const ms = rows[0]?.ms;
  return ms === null || ms === undefined ? undefined : Math.max(0, ms);
}

/**
 * Stores that a receiver has taken an event, also when the lease has ended meanwhile. Like every statement that locks both, it
 * locks the delivery before the webhook: in the other order it and a replay of many deliveries could wait for each other.
 */
export async function storeDelivered(
  db: Queryable,
  { deliveryId, webhookId, status }: { deliveryId: number; webhookId: number; status: number },
): Promise<void> {
  await db.query(
    `WITH delivered AS (
       UPDATE webhook_deliveries
       SET
         state = 'delivered',
         status = $3,
         error = NULL,
         response = NULL,
         lastat = now(),
         endedat = now()
       WHERE id = $1
         AND state = 'waiting'
       RETURNING id
     )
     UPDATE webhooks
     SET
       failures = 0,
       failingsince = NULL,
       notbefore = least(notbefore, now())
     WHERE id = $2
       AND failures > 0
       AND (SELECT count(*) FROM delivered) >= 0`,
    [deliveryId, webhookId, status],
  );
}

export interface FailedTry {
  deliveryId: number;
  webhookId: number;
  attempts: number;
  /** Undefined without an answer. */
  status: number | undefined;
  error: string;
  response: string | undefined;
  /** Until the next try; undefined: there is none. */
  retryMs: number | undefined;
  /** How long the receiver asked to be left alone. */
  quietMs: number;
  /** The receiver wants nothing any more. */
  isGone: boolean;
}

/**
 * Whether a failure of the webhook `w` now is one more of a series. Between failures of one event is a day and a tenth at
 * most: after a longer silence the receiver may have been well meanwhile.
 */
const IS_SERIES = `coalesce(w.failingsince <= w.failedat AND w.failedat > now() - interval '2 days', false)`;

/**
 * Stores a try that failed, unless another worker has taken over since. A receiver that fails again and again is left alone
 * for up to four minutes between tries, and disabled, with an event, when it is gone or has failed for `giveUpDays`. Returns
 * why it was disabled.
 */
export async function storeFailedTry(
  db: Queryable,
  failed: FailedTry,
  giveUpDays: number,
): Promise<string | undefined> {
  const { rows } = await db.query<{ reason: string }>(
    `WITH tried AS (
       UPDATE webhook_deliveries
       SET
         state = CASE WHEN $7::float8 IS NULL THEN 'dead' ELSE 'waiting' END,
         endedat = CASE WHEN $7::float8 IS NULL THEN now() END,
         dueat = now() + coalesce($7::float8, 0) * interval '1 millisecond',
         lastat = now(),
         status = $4,
         error = left($5::text, 300),
         response = $6
       WHERE id = $1
         AND webhookid = $2
         AND state = 'waiting'
         AND attempts = $3
       RETURNING webhookid
     ), judged AS (
       SELECT
         w.id,
         CASE
           WHEN $9 THEN 'the receiver answered 410: it is gone'
           WHEN s.failingsince < now() - $10::integer * interval '1 day' THEN
             'the receiver has failed for ' || $10::integer || ' days, at last: ' || $5::text
         END AS reason,
         s.failures,
         s.failingsince
       FROM webhooks w
       JOIN tried ON tried.webhookid = w.id
       CROSS JOIN LATERAL (
         SELECT
           CASE WHEN ${IS_SERIES} THEN w.failures ELSE 0 END AS failures,
           CASE WHEN ${IS_SERIES} THEN w.failingsince ELSE now() END AS failingsince
       ) AS s
       WHERE w.enabled
       FOR NO KEY UPDATE OF w
     ), changed AS (
       UPDATE webhooks w
       SET
         failures = j.failures + 1,
         failingsince = j.failingsince,
         failedat = now(),
         notbefore = greatest(
           w.notbefore,
           now() + $8::float8 * interval '1 millisecond',
           now() + CASE WHEN j.failures < 3 THEN 0 ELSE 2 ^ least(j.failures - 3, 8) END * interval '1 second'
         ),
         enabled = j.reason IS NULL,
         disabledreason = left(j.reason, 300)
       FROM judged j
       WHERE w.id = j.id
       RETURNING w.id, w.name, w.disabledreason
     ), event AS (
       INSERT INTO events (kind, detail)
       SELECT
         'webhook.disabled',
         jsonb_build_object('webhookid', id, 'name', name, 'reason', disabledreason)
       FROM changed
       WHERE disabledreason IS NOT NULL
     )
     SELECT disabledreason AS reason
     FROM changed
     WHERE disabledreason IS NOT NULL`,
    [
      failed.deliveryId,
      failed.webhookId,
      failed.attempts,
      failed.status ?? null,
      failed.error,
      failed.response ?? null,
      failed.retryMs ?? null,
      failed.quietMs,
      failed.isGone,
      giveUpDays,
    ],
  );
  return rows[0]?.reason;
}

/** Ends what has waited for too long, and forgets what ended long ago and secrets that have expired. */
export async function trimDeliveries(
  db: Queryable,
  { waitDays, keepDays }: { waitDays: number; keepDays: number },
): Promise<void> {
  await db.query(
    `UPDATE webhook_deliveries
     SET
       state = 'dead',
       endedat = now(),
       error = coalesce(error, 'the webhook was disabled or busy for too long')
     WHERE id IN (
       SELECT id
       FROM webhook_deliveries
       WHERE state = 'waiting'
         AND dueat < now() - $1 * interval '1 day'
       FOR UPDATE SKIP LOCKED
     )`,
    [waitDays],
  );
  await db.query(
    `DELETE FROM webhook_deliveries
     WHERE id IN (
       SELECT id
       FROM webhook_deliveries
       WHERE endedat < now() - $1 * interval '1 day'
       LIMIT 10000
     )`,
    [keepDays],
  );
  await db.query(
    `DELETE FROM webhook_secrets
     WHERE expiresat < now()`,
  );
}
