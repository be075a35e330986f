import { expect, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { readEvents, reportEndingSignatures } from '../../platform/postgres/queries/events.ts';
import { openPlatform } from '../setup/platform.ts';
import { postSweep, signAhead, sweepText } from '../setup/sweeps.ts';

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

test('events come in the order of their transactions, also where the number of digits grows', async () => {
  await using platform = await openPlatform({ worker: false });
  const { pool } = platform;
  await pool.query(`INSERT INTO event_readers (name, lasttxid, lastid) VALUES ('digits', '0', 0)`);
  await pool.query(
    `INSERT INTO events (kind, detail, txid)
     SELECT 'sweep.run', jsonb_build_object('n', n), n::text::xid8
     FROM unnest(ARRAY[8, 9, 10, 11, 99, 100, 101]) n`,
  );
  const seen: unknown[] = [];
  for (let round = 0; round < 4; round++) {
    await readEvents(pool, { reader: 'digits', limit: 3 }, async (events) => {
      seen.push(...events.map(({ detail }) => detail.n));
    });
  }
  expect(seen).toEqual([8, 9, 10, 11, 99, 100, 101]);
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
