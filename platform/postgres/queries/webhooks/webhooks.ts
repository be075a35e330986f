import { isUniqueViolation } from '../../constraints.ts';
import type { Queryable } from '../../pool.ts';

export interface WebhookRow {
  id: number;
  name: string;
  url: string;
  types: string[];
  enabled: boolean;
  disabledreason: string | null;
  failures: number;
  failingsince: string | null;
  createdat: string;
  /** Deliveries by state. */
  waiting: number;
  dead: number;
}

const COLUMNS = `
  w.id,
  w.name,
  w.url,
  w.types,
  w.enabled,
  w.disabledreason,
  w.failures,
  w.failingsince,
  w.createdat,
  (SELECT count(*) FROM webhook_deliveries d WHERE d.webhookid = w.id AND d.state = 'waiting') AS waiting,
  (SELECT count(*) FROM webhook_deliveries d WHERE d.webhookid = w.id AND d.state = 'dead') AS dead`;

export async function listWebhooks(db: Queryable): Promise<WebhookRow[]> {
  const { rows } = await db.query<WebhookRow>(
    `SELECT ${COLUMNS}
     FROM webhooks w
     ORDER BY w.name`,
  );
  return rows;
}

export async function webhookById(db: Queryable, id: number): Promise<WebhookRow | undefined> {
  const { rows } = await db.query<WebhookRow>(
    `SELECT ${COLUMNS}
     FROM webhooks w
     WHERE w.id = $1`,
    [id],
  );
  return rows[0];
}

export interface NewWebhook {
  name: string;
  url: string;
  types: readonly string[];
  createdby: number;
}

/** Adds a webhook; `'taken'` when another one has the name, `'full'` when there are `max`. */
export async function insertWebhook(
  db: Queryable,
  { name, url, types, createdby }: NewWebhook,
  max: number,
): Promise<number | 'taken' | 'full'> {
  // One at a time, so that the number of webhooks is true.
  await db.query('LOCK TABLE webhooks IN SHARE ROW EXCLUSIVE MODE');
  const { rows } = await db.query<{ isTaken: boolean; count: number }>(
    `SELECT
       coalesce(bool_or(name = $1), false) AS "isTaken",
       count(*) AS count
     FROM webhooks`,
    [name],
  );
  const [present] = rows;
  if (!present) throw new Error('an aggregate has a row');
  if (present.isTaken) return 'taken';
  if (present.count >= max) return 'full';
  const inserted = await db.query<{ id: number }>(
    `INSERT INTO webhooks (name, url, types, createdby)
     VALUES ($1, $2, $3, $4)
     RETURNING id`,
    [name, url, types, createdby],
  );
  const [row] = inserted.rows;
  if (!row) throw new Error('an INSERT returns its row');
  return row.id;
}

/** The fields of a webhook that administrators change; undefined keeps the present value. */
export interface WebhookChange {
  name?: string | undefined;
  url?: string | undefined;
  types?: readonly string[] | undefined;
}

/** Changes a webhook: `'missing'` when there is none with the id, `'taken'` when another one has the name. */
export async function updateWebhook(
  db: Queryable,
  id: number,
  { name, url, types }: WebhookChange,
): Promise<'changed' | 'missing' | 'taken'> {
  try {
    const { rowCount } = await db.query(
      `UPDATE webhooks
       SET
         name = coalesce($2, name),
         url = coalesce($3, url),
         types = coalesce($4, types)
       WHERE id = $1`,
      [id, name ?? null, url ?? null, types ?? null],
    );
    return rowCount === 1 ? 'changed' : 'missing';
  } catch (error) {
    if (isUniqueViolation(error, 'webhooks_name_key')) return 'taken';
    throw error;
  }
}

/** Enables or disables a webhook, and forgets its failures; false when there is none with the id. */
export async function setWebhookEnabled(db: Queryable, id: number, enabled: boolean): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE webhooks
     SET
       enabled = $2,
       disabledreason = NULL,
       failures = 0,
       failingsince = NULL,
       notbefore = now()
     WHERE id = $1`,
    [id, enabled],
  );
  return rowCount === 1;
}

/**
 * Removes a webhook with its secrets and deliveries; false when there is none with the id. Locks the deliveries first, as the
 * worker does, in a transaction of the caller.
 */
export async function deleteWebhook(db: Queryable, id: number): Promise<boolean> {
  await db.query(
    `SELECT
     FROM webhook_deliveries
     WHERE webhookid = $1
     ORDER BY id
     FOR UPDATE`,
    [id],
  );
  const { rowCount } = await db.query(
    `DELETE FROM webhooks
     WHERE id = $1`,
    [id],
  );
  return rowCount === 1;
}

/** Gives a webhook a new secret. The one before signs for `keepHours` more, and all that are older end now. */
export async function replaceSecret(
  db: Queryable,
  { webhookId, secret, keepHours }: { webhookId: number; secret: Buffer; keepHours: number },
): Promise<void> {
  await db.query(
    `UPDATE webhook_secrets
     SET expiresat = CASE WHEN expiresat IS NULL THEN now() + $2 * interval '1 hour' ELSE least(expiresat, now()) END
     WHERE webhookid = $1`,
    [webhookId, keepHours],
  );
  await db.query(
    `INSERT INTO webhook_secrets (webhookid, secret)
     VALUES ($1, $2)`,
    [webhookId, secret],
  );
}

/** Records the event that tries a webhook; returns its id. */
export async function insertTestEvent(
  db: Queryable,
  { id, name }: Pick<WebhookRow, 'id' | 'name'>,
): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO events (kind, detail)
     VALUES ('webhook.test', jsonb_build_object('webhookid', $1::numeric, 'name', $2::text))
     RETURNING id`,
    [id, name],
  );
  const [row] = rows;
  if (!row) throw new Error('an INSERT returns its row');
  return row.id;
}
