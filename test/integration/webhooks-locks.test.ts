import { expect, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { storeDelivered, trimDeliveries } from '../../platform/postgres/queries/webhooks/work.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { createWebhook, openReceiver } from '../setup/webhooks.ts';

test('who waits for a delivery that is being replayed holds no lock on its webhook', async () => {
  await using receiver = await openReceiver();
  await using platform = await openPlatform({ worker: false });
  const { pool } = platform;
  const webhook = await createWebhook(platform, { name: 'locked', url: receiver.url });
  await pool.query('UPDATE webhooks SET failures = 1');
  const [deliveryId] = await addDeliveries(platform, webhook.id, 1);
  await using replay = await holdDeliveries(platform);
  const stored = storeDelivered(pool, { deliveryId: Number(deliveryId), webhookId: webhook.id, status: 204 });
  await waitFor('the wait for the delivery', async () => {
    const { rowCount } = await pool.query(`SELECT FROM pg_locks WHERE NOT granted`);
    return rowCount === 1;
  });
  await pool.query('SELECT FROM webhooks WHERE id = $1 FOR NO KEY UPDATE NOWAIT', [webhook.id]);
  await replay.end();
  await stored;
  const { rows } = await pool.query(
    'SELECT state, failures FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhookid',
  );
  expect(rows).toEqual([{ state: 'delivered', failures: 0 }]);
});

test('a webhook is removed while a worker stores a try of one of its deliveries', async () => {
  await using receiver = await openReceiver();
  await using platform = await openPlatform({ worker: false });
  const { pool, api } = platform;
  const webhook = await createWebhook(platform, { name: 'removed', url: receiver.url });
  await addDeliveries(platform, webhook.id, 1);
  await using worker = await holdDeliveries(platform);
  const removed = api.form('/webhook/remove/', { webhookid: String(webhook.id) });
  await waitFor('the wait for the delivery', async () => {
    const { rowCount } = await pool.query(`SELECT FROM pg_locks WHERE NOT granted`);
    return rowCount === 1;
  });
  await pool.query('SELECT FROM webhooks WHERE id = $1 FOR NO KEY UPDATE NOWAIT', [webhook.id]);
  await worker.end();
  expect((await removed).status).toBe(200);
  expect((await pool.query('SELECT FROM webhook_deliveries')).rowCount).toBe(0);
});

test('trimming leaves the deliveries that are being replayed for the next time', async () => {
  await using receiver = await openReceiver();
  await using platform = await openPlatform({ worker: false });
  const { pool } = platform;
  const webhook = await createWebhook(platform, { name: 'trimmed', url: receiver.url });
  const [first] = await addDeliveries(platform, webhook.id, 2);
  await pool.query(`UPDATE webhook_deliveries SET dueat = now() - interval '30 days'`);
  await using replay = await holdDeliveries(platform, Number(first));
  await trimDeliveries(pool, { waitDays: 3, keepDays: 30 });
  await replay.end();
  const { rows } = await pool.query('SELECT state FROM webhook_deliveries ORDER BY id');
  expect(rows).toEqual([{ state: 'waiting' }, { state: 'dead' }]);
});

async function addDeliveries({ pool }: Platform, webhookId: number, count: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(
    `WITH event AS (
       INSERT INTO events (kind, detail)
       SELECT 'agent.new', '{}' FROM generate_series(1, $2)
       RETURNING id
     )
     INSERT INTO webhook_deliveries (webhookid, eventid)
     SELECT $1, id FROM event
     RETURNING id`,
    [webhookId, count],
  );
  return rows.map(({ id }) => id);
}

/** Keeps deliveries locked, as a replay of many does until its end. */
async function holdDeliveries({ pool }: Platform, id?: number) {
  const session = await pool.connect();
  await session.query('BEGIN');
  await session.query('SELECT FROM webhook_deliveries WHERE id = coalesce($1, id) FOR UPDATE', [id ?? null]);
  let isHeld = true;
  const end = async () => {
    if (!isHeld) return;
    isHeld = false;
    await session.query('COMMIT');
    session.release();
  };
  return { end, [Symbol.asyncDispose]: end };
}
