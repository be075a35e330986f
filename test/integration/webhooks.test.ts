import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { createLogger } from '../../platform/log.ts';
import { replaySince } from '../../platform/postgres/queries/webhooks/deliveries.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { defined } from '../setup/defined.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import {
  createWebhook,
  deliveriesOf,
  emit,
  endedDelivery,
  openLiar,
  openReceiver,
  quickWebhooks,
  triedDelivery,
} from '../setup/webhooks.ts';

let platform: Platform;
/** Names that tests give to addresses, as a name server would. */
const names = new Map<string, () => string[]>();
const resolve = async (name: string) => defined(names.get(name))();

beforeAll(async () => {
  platform = await openPlatform({ events: { webhooks: quickWebhooks() }, resolve });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** A receiver that is gone would be tried in the tests after it. */
afterEach(async () => {
  await platform.pool.query('DELETE FROM webhooks');
});

const status = async (id: number) => {
  const { body } = await platform.api.get(`/webhook?webhookid=${id}`);
  return body.collection.items[0].data[0].value;
};

describe('a webhook', () => {
  test('gets each event once, signed as Standard Webhooks says', async () => {
    await using receiver = await openReceiver();
    const { secret } = await createWebhook(platform, { name: 'plain', url: receiver.url });
    for (let n = 0; n < 20; n++) await emit(platform, n);
    await waitFor('all events', () => receiver.posts.length >= 20);
    expect(new Set(receiver.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(20);
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    for (const { headers, body, event } of receiver.posts) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      expect(headers['webhook-signature']).toBe(
        `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
      );
      expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
      expect(event).toMatchObject({ type: 'sweep.waived', data: { sweepid: 7, check: 'a' } });
      expect(headers['content-type']).toBe('application/json');
    }
  });

  test('gets only the types that it wants', async () => {
    await using receiver = await openReceiver();
    const { id } = await createWebhook(platform, { name: 'choosy', url: receiver.url, types: 'agent.new' });
    await emit(platform);
    await platform.api.form('/webhook/test/', { webhookid: String(id) });
    await waitFor('the test', () => receiver.posts.length > 0);
    expect(receiver.posts.map(({ event }) => event.type)).toEqual(['webhook.test']);
    expect((await deliveriesOf(platform, id)).map(({ type }) => type)).toEqual(['webhook.test']);
  });

  test('is tried again with the same id and body until it answers with 2xx', async () => {
    await using receiver = await openReceiver((response, n) =>
      response.writeHead(n < 2 ? 500 : 200).end('x'),
    );
    const { id } = await createWebhook(platform, { name: 'again', url: receiver.url });
    await emit(platform);
    const delivery = await endedDelivery(platform, id);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, status: 200, error: null });
    expect(new Set(receiver.posts.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(
      1,
    );
    expect(await status(id)).toMatchObject({ failures: 0, failingsince: null });
  });

  test('gives up after the last try, and replays one dead letter or all of them', async () => {
    let isWell = false;
    await using receiver = await openReceiver((response) =>
      response.writeHead(isWell ? 200 : 500).end('\u001b[31mno'),
    );
    const { id } = await createWebhook(platform, { name: 'dead', url: receiver.url });
    const since = new Date().toISOString();
    await emit(platform, 1);
    await emit(platform, 2);
    await waitFor('two dead letters', async () => (await status(id)).dead === 2);
    const [newest] = await deliveriesOf(platform, id);
    expect(newest).toMatchObject({ state: 'dead', attempts: 3, status: 500, response: '\\u{1b}[31mno' });
    isWell = true;
    const one = await platform.api.form('/webhook/replay/', { deliveryid: String(newest?.id) });
    expect(one.status).toBe(202);
    await waitFor('one delivered', async () => (await status(id)).dead === 1);
    const all = await platform.api.form('/webhook/replay/since/', { webhookid: String(id), since });
    expect(all.body.collection.items[0].data[0].value).toMatchObject({ count: 1 });
    await waitFor('all delivered', async () => (await status(id)).dead === 0);
    expect(new Set(receiver.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  test('that answers 410 is disabled, with an event', async () => {
    await using receiver = await openReceiver((response) => response.writeHead(410).end());
    await using other = await openReceiver();
    await createWebhook(platform, { name: 'told', url: other.url, types: 'webhook.disabled' });
    const { id } = await createWebhook(platform, { name: 'gone', url: receiver.url });
    await emit(platform);
    await waitFor('the end', async () => !(await status(id)).enabled);
    expect((await status(id)).disabledreason).toBe('the receiver answered 410: it is gone');
    await waitFor('the event', () => other.posts.length === 1);
    expect(other.posts[0]?.event.data).toMatchObject({ webhookid: id, name: 'gone' });
    await emit(platform);
    await emit(platform);
    expect(receiver.posts).toHaveLength(1);
  });

  test('is disabled by failures for five days, and not by two failures with quiet weeks between them', async () => {
    await using receiver = await openReceiver((response) => response.writeHead(500).end());
    const { id } = await createWebhook(platform, { name: 'quiet', url: receiver.url });
    const failAfter = async (lastFailure: string) => {
      await platform.pool.query(
        `UPDATE webhooks
         SET
           failures = 5,
           failingsince = now() - interval '3 weeks',
           failedat = now() - $1::interval`,
        [lastFailure],
      );
      await emit(platform);
    };
    await failAfter('3 weeks');
    await endedDelivery(platform, id);
    const { enabled, failures, failingsince } = await status(id);
    expect({ enabled, failures }).toEqual({ enabled: true, failures: 3 });
    expect(Date.now() - Date.parse(failingsince)).toBeLessThan(60_000);
    await failAfter('27 hours');
    await waitFor('the end', async () => !(await status(id)).enabled);
    expect(await status(id)).toMatchObject({
      enabled: false,
      disabledreason: 'the receiver has failed for 5 days, at last: the receiver answered 500',
    });
  });

  test('gets a bounded number of events of one replay, and the others of the next', async () => {
    const { id } = await createWebhook(platform, { name: 'many', url: 'https://hooks.example.net/' });
    await platform.api.form('/webhook/status/', { webhookid: String(id), status: 'disabled' });
    const since = new Date().toISOString();
    for (let n = 0; n < 3; n++) await emit(platform, n);
    const replay = () => replaySince(platform.pool, { webhookId: id, since, max: 2 });
    expect([await replay(), await replay(), await replay()]).toEqual([2, 1, 0]);
  });

  test('is refused beyond the fiftieth, with the next step', async () => {
    await platform.pool.query(
      `INSERT INTO webhooks (name, url, types, createdby)
       SELECT 'one of ' || n, 'https://hooks.example.net/', '{}', i.id
       FROM generate_series(1, 50) n
       CROSS JOIN (SELECT id FROM investigators LIMIT 1) i`,
    );
    const url = 'https://hooks.example.net/';
    const { status, text } = await platform.api.form('/webhook/create/', { name: 'more', url, types: '' });
    expect(status).toBe(409);
    expect(text).toContain('there are 50 webhooks already: remove one');
  });

  test('leaks neither its secret nor the path of its address: to lists, deliveries, the audit trail, logs', async () => {
    const lines: string[] = [];
    const log = createLogger('test', 'debug', { write: (line) => void lines.push(line) });
    await using receiver = await openReceiver((response) => response.writeHead(500).end());
    const url = `${receiver.url}/sesame?token=sesame`;
    const { id, secret } = await createWebhook(platform, { name: 'discreet', url });
    await using _second = await startWorker({ config: platform.workerConfig, log, resolve });
    await platform.api.form('/webhook/update/', { webhookid: String(id), url: `${url}2` });
    for (let n = 0; n < 20; n++) await emit(platform, n);
    await waitFor('a line of the log', () => lines.some((line) => line.includes('webhook not delivered')));
    const { rows } = await platform.pool.query(`SELECT detail::text FROM audit WHERE kind LIKE 'webhook%'`);
    const audit = rows.map(({ detail }) => detail).join();
    expect(audit).toContain('discreet');
    const deliveries = JSON.stringify(await deliveriesOf(platform, id));
    for (const text of [audit, deliveries, lines.join()]) expect(text).not.toContain('sesame');
    const listed = (await platform.api.get('/webhook/list')).text;
    for (const text of [audit, deliveries, lines.join(), listed]) {
      expect(text).not.toContain(secret.replace('whsec_', ''));
    }
  });

  test('that answers 429 is left alone for as long as it asks', async () => {
    await using receiver = await openReceiver((response, n) =>
      response.writeHead(n === 0 ? 429 : 200, { 'Retry-After': '2' }).end(),
    );
    const { id } = await createWebhook(platform, { name: 'busy', url: receiver.url });
    const begin = Date.now();
    await emit(platform, 1);
    await waitFor('the first try', () => receiver.posts.length === 1);
    await emit(platform, 2);
    await waitFor('both', () => receiver.posts.length === 3);
    expect(Date.now() - begin).toBeGreaterThan(1_800);
    await waitFor('both stored', async () => (await status(id)).waiting === 0);
  });

  test('is signed with both secrets for a day after a rotation', async () => {
    await using receiver = await openReceiver();
    const { id, secret } = await createWebhook(platform, { name: 'rotated', url: receiver.url });
    const { body } = await platform.api.form('/webhook/rotate/', { webhookid: String(id) });
    const { secret: next } = body.collection.items[0].data[0].value;
    expect(next).not.toBe(secret);
    await emit(platform);
    await waitFor('the event', () => receiver.posts.length > 0);
    const { headers, body: posted } = defined(receiver.posts[0]);
    const sign = (text: string) =>
      `v1,${createHmac('sha256', Buffer.from(text.slice(6), 'base64'))
        .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${posted}`)
        .digest('base64')}`;
    expect(headers['webhook-signature']).toBe(`${sign(next)} ${sign(secret)}`);
  });

  test('that was disabled gets what it has missed when it is replayed', async () => {
    await using receiver = await openReceiver();
    const { id } = await createWebhook(platform, { name: 'missed', url: receiver.url });
    const since = new Date().toISOString();
    await platform.api.form('/webhook/status/', { webhookid: String(id), status: 'disabled' });
    await emit(platform);
    await platform.api.form('/webhook/status/', { webhookid: String(id), status: 'enabled' });
    await platform.api.form('/webhook/replay/since/', { webhookid: String(id), since });
    await waitFor('the event', () => receiver.posts.length === 1);
  });
});

describe('a receiver harms nothing', () => {
  /** Its tries end, while another webhook gets its event at once. */
  async function isHarmless(url: string, name: string) {
    await using well = await openReceiver();
    await createWebhook(platform, { name: `${name} besides`, url: well.url });
    const { id } = await createWebhook(platform, { name, url });
    const begin = Date.now();
    for (let n = 0; n < 8; n++) await emit(platform, n);
    await waitFor('the other webhook', () => well.posts.length >= 8, { timeoutMs: 20_000 });
    const otherMs = Date.now() - begin;
    const delivery = await triedDelivery(platform, id);
    return { otherMs, delivery };
  }

  test('that hangs', async () => {
    await using liar = await openLiar(() => {});
    const { delivery, otherMs } = await isHarmless(liar.url, 'hangs');
    expect(delivery).toMatchObject({ status: null, error: 'no answer within 1 seconds' });
    expect(otherMs).toBeLessThan(5_000);
    expect(liar.mostConnections()).toBeLessThanOrEqual(4);
  });

  test('that drips one byte of its headers at a time', async () => {
    await using liar = await openLiar((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => socket.write('y'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const { delivery } = await isHarmless(liar.url, 'drips headers');
    expect(delivery).toMatchObject({ status: null, error: 'no answer within 1 seconds' });
  });

  test('that drips the body of an error', async () => {
    await using liar = await openLiar((socket) => {
      socket.write('HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\n');
      const timer = setInterval(() => socket.write('z'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const { delivery } = await isHarmless(liar.url, 'drips body');
    expect(delivery).toMatchObject({ status: 500, response: expect.stringMatching(/^z+$/) });
  });

  test('that sends an endless body', async () => {
    await using liar = await openLiar((socket) => {
      socket.write('HTTP/1.1 500 No\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write('q'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    });
    const { delivery } = await isHarmless(liar.url, 'endless');
    expect(delivery).toMatchObject({ status: 500, response: 'q'.repeat(1_000) });
  });

  test('that sends endless headers', async () => {
    await using liar = await openLiar((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.write('x: '.padEnd(100_000, 'y'));
    });
    const { delivery } = await isHarmless(liar.url, 'headers');
    expect(delivery.status).toBe(null);
    expect(delivery.error).toMatch(/overflow/i);
  });

  test('that speaks no HTTP, or says yes after other bytes', async () => {
    await using liar = await openLiar((socket) => socket.end('220 mail ready\r\nHTTP/1.1 200 OK\r\n\r\n'));
    const { delivery } = await isHarmless(liar.url, 'no http');
    expect(delivery).toMatchObject({ status: null, state: 'waiting' });
  });

  test('that promises more than it sends has still said yes', async () => {
    await using liar = await openLiar((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nab'),
    );
    const { delivery } = await isHarmless(liar.url, 'short');
    expect(delivery).toMatchObject({ status: 200, state: 'delivered' });
  });

  test('that switches protocols', async () => {
    await using liar = await openLiar((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    const { delivery } = await isHarmless(liar.url, 'switches');
    expect(delivery).toMatchObject({ status: null, state: 'waiting' });
  });

  test('that redirects into the private network is not followed', async () => {
    await using secret = await openReceiver();
    await using receiver = await openReceiver((response) =>
      response.writeHead(307, { Location: secret.url }).end(),
    );
    const { delivery } = await isHarmless(receiver.url, 'redirects');
    expect(delivery).toMatchObject({ status: 307, error: 'the receiver answered 307' });
    expect(secret.posts).toEqual([]);
  });
});

describe('the private network', () => {
  test.each([
    'https://10.0.0.1/x',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
    'https://0x0a000001/x',
  ])('%s is refused', async (url) => {
    const { id } = await createWebhook(platform, { name: url, url });
    await emit(platform);
    const delivery = await triedDelivery(platform, id);
    expect(delivery.error).toMatch(/which MIG_WEBHOOK_ALLOW does not allow/);
  });

  test('is refused when one of the addresses of a name is in it', async () => {
    names.set('mixed.example.net', () => ['93.184.215.14', '10.0.0.1']);
    const { id } = await createWebhook(platform, { name: 'mixed', url: 'https://mixed.example.net/x' });
    await emit(platform);
    expect((await triedDelivery(platform, id)).error).toMatch(/leads to 10\.0\.0\.1/);
  });

  test('is not reached by a name that changes its mind', async () => {
    await using secret = await openReceiver();
    let asked = 0;
    // Public when it is checked; whoever asks again gets this machine.
    names.set('rebinding.example.net', () => (asked++ === 0 ? ['203.0.114.1'] : ['127.0.0.1']));
    const { id } = await createWebhook(platform, {
      name: 'rebinding',
      url: `https://rebinding.example.net:${secret.port}/x`,
    });
    await emit(platform);
    const delivery = await triedDelivery(platform, id);
    expect(delivery).toMatchObject({ status: null });
    expect(secret.posts).toEqual([]);
  });
});

test('two workers deliver each event once, and share the work', async () => {
  await using _second = await startWorker({
    config: platform.workerConfig,
    log: createLogger('second', 'silent'),
    resolve,
  });
  await using receiver = await openReceiver((response) =>
    setTimeout(() => response.writeHead(200).end(), 20),
  );
  const { id } = await createWebhook(platform, { name: 'shared', url: receiver.url });
  for (let n = 0; n < 60; n++) await emit(platform, n);
  await waitFor('all', async () => (await status(id)).waiting === 0 && receiver.posts.length >= 60, {
    timeoutMs: 60_000,
  });
  expect(receiver.posts).toHaveLength(60);
  expect(new Set(receiver.posts.map(({ headers }) => headers['webhook-id'])).size).toBe(60);
});
