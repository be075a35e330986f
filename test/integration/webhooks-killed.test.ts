import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { log, openPlatform, workerEnv } from '../setup/platform.ts';
import { createWebhook, deliveriesOf, emit, openReceiver, quickWebhooks } from '../setup/webhooks.ts';

test('a worker that is killed after a post leaves it to the next one, with the same id', async () => {
  await using receiver = await openReceiver();
  await using platform = await openPlatform({ worker: false });
  const { id } = await createWebhook(platform, { name: 'killed', url: receiver.url });
  const crashing = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'dev', 'crash-worker.ts')], {
    env: {
      ...process.env,
      ...workerEnv(platform),
      MIG_WEBHOOK_ALLOW: '127.0.0.0/8',
      MIG_CRASH_AT: 'after webhook before mark',
      MIG_LOG_LEVEL: 'silent',
    },
    stdio: 'ignore',
    cwd: ROOT,
  });
  const ended = once(crashing, 'exit');
  await waitFor(
    'the reader',
    async () => (await platform.pool.query('SELECT FROM event_readers')).rowCount === 1,
  );
  await emit(platform);
  const [, signal] = await ended;
  expect(signal).toBe('SIGKILL');
  expect(receiver.posts).toHaveLength(1);
  const [left] = await deliveriesOf(platform, id);
  expect(left).toMatchObject({ state: 'waiting', attempts: 1, lastat: null });
  // The lease of the killed worker ends.
  await platform.pool.query('UPDATE webhook_deliveries SET dueat = now()');
  const events = { ...platform.workerConfig.events, webhooks: quickWebhooks() };
  await using _successor = await startWorker({ config: { ...platform.workerConfig, events }, log });
  await waitFor('the second post', () => receiver.posts.length === 2);
  await waitFor('its end', async () => (await deliveriesOf(platform, id))[0]?.state === 'delivered');
  const [first, second] = receiver.posts;
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.body).toBe(first?.body);
});
