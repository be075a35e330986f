import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { readEvents, reportEndingSignatures } from '../../platform/postgres/queries/events.ts';
import { openPlatform } from '../setup/platform.ts';
import { postSweep, signAhead, sweepText } from '../setup/sweeps.ts';

/** A receiver that refuses its first requests. */
async function openReceiver(refusals: number) {
  const port = await freePort();
  const requests: { body: string; signature: string | string[] | undefined; isTaken: boolean }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isTaken = requests.length >= refusals;
    requests.push({ body, signature: request.headers['x-mig-signature'], isTaken });
    response.writeHead(isTaken ? 204 : 500).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    taken: () =>
      requests
        .filter(({ isTaken }) => isTaken)
        .flatMap(({ body }) => JSON.parse(body).events as { id: number }[]),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('events reach the webhook signed, in order, and again when the receiver refused them', async () => {
  await using receiver = await openReceiver(2);
  await using platform = await openPlatform({ webhook: { url: receiver.url, secret: 'a secret' } });
  await waitFor('the reader', async () => {
    const { rows } = await platform.pool.query('SELECT count(*) AS n FROM event_readers');
    return rows[0].n === 1;
  });
  await platform.pool.query(
    `INSERT INTO events (kind, detail)
     SELECT 'sweep.run', jsonb_build_object('n', n)
     FROM generate_series(1, 250) n`,
  );
  await waitFor('all events', () => receiver.taken().length >= 250, { timeoutMs: 60_000 });
  const ids = receiver.taken().map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(new Set(ids).size).toBe(250);
  for (const { body, signature } of receiver.requests) {
    expect(signature).toBe(`sha256=${createHmac('sha256', 'a secret').update(body).digest('hex')}`);
  }
});

test('an event of a long transaction is not skipped by a shorter one after it', async () => {
  await using platform = await openPlatform({ worker: false });
  const { pool } = platform;
  const seen: unknown[] = [];
  const read = () =>
    readEvents(pool, { reader: 'test', limit: 10 }, async (events) => {
      seen.push(...events.map(({ detail }) => detail.n));
    });
  await read();
  const long = await pool.connect();
  await long.query('BEGIN');
  await long.query(`INSERT INTO events (kind, detail) VALUES ('sweep.run', '{"n": 1}')`);
  await pool.query(`INSERT INTO events (kind, detail) VALUES ('sweep.run', '{"n": 2}')`);
  expect(await read()).toBe(0);
  await long.query('COMMIT');
  long.release();
  await waitFor('both', async () => {
    await read();
    return seen.length === 2;
  });
  expect(seen).toEqual([1, 2]);
});

test('the end of the signatures is reported weeks before, once a day', async () => {
  await using platform = await openPlatform({ worker: false });
  const schedule = { cron: '0 3 * * *', catchup: '0s' };
  const posted = await postSweep(platform.api, sweepText({ name: 'ending', schedule }));
  const sign = async (days: number) => {
    const date = new Date(Date.now() + days * 24 * 3600_000).toISOString().slice(0, 10);
    const signed = await signAhead(platform.api, posted, [`${date}T03:00:00Z`]);
    expect(signed.status, signed.text).toBe(202);
  };
  await sign(10);
  expect(await reportEndingSignatures(platform.pool, 21)).toEqual(['ending']);
  expect(await reportEndingSignatures(platform.pool, 21)).toEqual([]);
  await platform.pool.query(`UPDATE events SET at = now() - interval '25 hours'`);
  expect(await reportEndingSignatures(platform.pool, 21)).toEqual(['ending']);
  await platform.pool.query(`UPDATE events SET at = now() - interval '25 hours'`);
  await sign(90);
  expect(await reportEndingSignatures(platform.pool, 21)).toEqual([]);
  await platform.pool.query(`UPDATE investigators SET permissions = permissions & ~4`);
  expect(await reportEndingSignatures(platform.pool, 21)).toEqual(['ending']);
});
