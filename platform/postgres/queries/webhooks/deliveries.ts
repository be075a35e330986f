import type { DeliveryState } from '../../../../contract/webhooks/webhook.ts';
import type { Queryable } from '../../pool.ts';

export interface DeliveryRow {
  id: number;
  webhookid: number;
  eventid: number;
  type: string;
  state: DeliveryState;
  attempts: number;
  createdat: string;
  dueat: string;
  lastat: string | null;
  status: number | null;
  error: string | null;
  response: string | null;
  endedat: string | null;
}

/** The deliveries of a webhook, newest first. */
export async function listDeliveries(
  db: Queryable,
  of: { webhookId: number; state: DeliveryState | undefined; before: number | undefined; limit: number },
): Promise<DeliveryRow[]> {
  const { rows } = await db.query<DeliveryRow>(
    `SELECT
       d.id,
       d.webhookid,
       d.eventid,
       e.kind AS type,
       d.state,
       d.attempts,
       d.createdat,
       d.dueat,
       d.lastat,
       d.status,
       d.error,
       d.response,
       d.endedat
     FROM webhook_deliveries d
     JOIN events e ON e.id = d.eventid
     WHERE d.webhookid = $1
       AND ($2::text IS NULL OR d.state = $2)
       AND ($3::numeric IS NULL OR d.id < $3)
     ORDER BY d.id DESC
     LIMIT $4`,
    [of.webhookId, of.state ?? null, of.before ?? null, of.limit],
  );
  return rows;
}

const DUE_AGAIN = `state = 'waiting',
         attempts = 0,
         dueat = now(),
         endedat = NULL`;

/** Makes one delivery due again, whatever became of it; returns its webhook, or undefined when there is no such delivery. */
export async function replayDelivery(db: Queryable, id: number): Promise<number | undefined> {
  const { rows } = await db.query<{ webhookid: number }>(
    `UPDATE webhook_deliveries
     SET ${DUE_AGAIN}
     WHERE id = $1
     RETURNING webhookid`,
    [id],
  );
  await wakeWorkers(db);
  return rows[0]?.webhookid;
}

/**
 * Makes due what a webhook has not got of the events since a time: dead letters, and what came while it was disabled; the
 * oldest `max` of them.
 */
export async function replaySince(
  db: Queryable,
  { webhookId, since, max }: { webhookId: number; since: string; max: number },
): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO webhook_deliveries AS d (webhookid, eventid)
     SELECT w.id, e.id
     FROM webhooks w
     JOIN events e ON e.at >= $2 AND ${IS_FOR_WEBHOOK}
     LEFT JOIN webhook_deliveries present
       ON present.webhookid = w.id
       AND present.eventid = e.id
     WHERE w.id = $1
       AND coalesce(present.state = 'dead', true)
     ORDER BY e.id
     LIMIT $3
     ON CONFLICT (webhookid, eventid) DO UPDATE
     SET ${DUE_AGAIN}
     WHERE d.state = 'dead'`,
    [webhookId, since, max],
  );
  await wakeWorkers(db);
  if (rowCount === null) throw new Error('an INSERT has a count');
  return rowCount;
}

/** The event `e` is one that the webhook `w` wants. */
export const IS_FOR_WEBHOOK = `CASE e.kind
       WHEN 'webhook.test' THEN e.detail ->> 'webhookid' = w.id::text
       ELSE w.types = '{}' OR e.kind = ANY (w.types)
     END`;

async function wakeWorkers(db: Queryable): Promise<void> {
  await db.query(`SELECT pg_notify('mig_event', '')`);
}
