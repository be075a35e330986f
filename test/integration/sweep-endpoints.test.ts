import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointCounts } from '../../platform/postgres/queries/sweeps/search-items.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { postSweep, sweepText } from '../setup/sweeps.ts';

const RUN = 4_242;
const ENDPOINTS = 60;
let platform: Platform;
let sweepid: number;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  const { pool } = platform;
  ({ id: sweepid } = await postSweep(platform.api, sweepText({ name: 'counted' })));
  // Endpoint n has n mod 7 failures of nine checks. The last one has answered nothing.
  await pool.query(
    `INSERT INTO sweep_endpoints (sweepid, queueloc, agent, targetedrun, answeredrun)
     SELECT $1, 'linux.' || n, 'agent-' || n % 5, $2, CASE WHEN n < $3 THEN $2::numeric END
     FROM generate_series(1, $3::integer) AS n`,
    [sweepid, RUN, ENDPOINTS],
  );
  await pool.query(
    `INSERT INTO compliance_items (sweepid, queueloc, checkid, status, changedat, runid, checkedat)
     SELECT
       $1,
       'linux.' || n,
       'check-' || c,
       CASE WHEN c <= n % 7 THEN 'fail' WHEN c = 9 THEN 'unknown' ELSE 'pass' END,
       now(),
       $2,
       now()
     FROM generate_series(1, $3::integer - 1) AS n
     CROSS JOIN generate_series(1, 9) AS c`,
    [sweepid, RUN, ENDPOINTS],
  );
  // Two flips of every third endpoint in this run, and others of the run before.
  await pool.query(
    `INSERT INTO events (kind, detail)
     SELECT
       'sweep.flipped',
       jsonb_build_object('sweepid', $1::numeric, 'runid', $2::numeric - c % 2, 'queueloc', 'linux.' || n)
     FROM generate_series(3, $3::integer, 3) AS n
     CROSS JOIN generate_series(1, 4) AS c`,
    [sweepid, RUN, ENDPOINTS],
  );
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const read = (of: { agent?: string; limit?: number; offset?: number } = {}) =>
  endpointCounts(platform.pool, {
    sweepid,
    lastrun: RUN,
    agent: of.agent,
    limit: of.limit ?? 1_000,
    offset: of.offset ?? 0,
  });

function expected(n: number) {
  const fail = n % 7;
  const counts = { ...(fail > 0 && { fail }), pass: 8 - fail, unknown: 1 };
  return {
    queueloc: `linux.${n}`,
    agent: `agent-${n % 5}`,
    answeredrun: n < ENDPOINTS ? RUN : null,
    answeredat: null,
    counts: n < ENDPOINTS ? counts : {},
    flipped: n % 3 === 0 ? 2 : 0,
  };
}

test('the endpoints of a sweep come with their items by status and their flips, those that fail most first', async () => {
  const failures = (n: number) => (n < ENDPOINTS ? n % 7 : 0);
  const order = Array.from({ length: ENDPOINTS }, (_, index) => index + 1).sort(
    (one, other) =>
      failures(other) - failures(one) ||
      (one % 5) - (other % 5) ||
      (`linux.${one}` < `linux.${other}` ? -1 : 1),
  );
  expect(await read()).toEqual(order.map(expected));
});

test('a page of endpoints, and those of an agent, are the same as in the whole list', async () => {
  const all = await read();
  expect(await read({ limit: 7, offset: 20 })).toEqual(all.slice(20, 27));
  expect(await read({ agent: 'agent-3' })).toEqual(all.filter(({ agent }) => agent === 'agent-3'));
  expect(await read({ agent: 'linux.60' })).toEqual([expected(60)]);
});
