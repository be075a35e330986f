import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeResults } from '../../activities/results.ts';
import { MAX_ENDPOINTS } from '../../contract/events/endpoint.ts';
import { EVENT_SCHEMAS, isEventType } from '../../contract/events/event.ts';
import { postAction } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { writeDueParts } from '../../platform/postgres/queries/event-parts.ts';
import { trimEvents } from '../../platform/postgres/queries/events.ts';
import { advanceUpgrades } from '../../platform/postgres/queries/upgrades/advance.ts';
import { log, openAgents, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

const AGENTS = 45;

let platform: Platform;
let agents: Awaited<ReturnType<typeof openAgents>>;

beforeAll(async () => {
  platform = await openPlatform();
  agents = await openAgents(platform, { count: AGENTS });
});
afterAll(async () => {
  await agents?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

/** The data of all events of a type, oldest first; each has the shape of its schema. */
async function eventsOf(kind: string) {
  const { rows } = await platform.pool.query('SELECT detail FROM events WHERE kind = $1 ORDER BY id', [kind]);
  if (!isEventType(kind)) throw new Error(`${kind} is no type of an event`);
  return rows.map(({ detail }) => {
    EVENT_SCHEMAS[kind].parse(detail);
    return detail;
  });
}

test('new endpoints are named, each once and all of them, in events of a bounded size', async () => {
  await waitFor('all endpoints', async () => {
    const events = await eventsOf('agent.new');
    return events.reduce((sum, { count }) => sum + count, 0) >= AGENTS;
  });
  const events = await eventsOf('agent.new');
  const names = events.flatMap(({ endpoints }) => endpoints.map(({ agent }: { agent: string }) => agent));
  expect(new Set(names).size).toBe(AGENTS);
  expect(names).toHaveLength(AGENTS);
  for (const { count, endpoints } of events) {
    expect(endpoints).toHaveLength(count);
    expect(count).toBeLessThanOrEqual(MAX_ENDPOINTS);
  }
});

test('an action that ends has one event with its counters, and its matches have few', async () => {
  const id = await postAction(platform.api, { name: 'look for passwd' });
  await waitForEnd(platform, id);
  const ended = (await eventsOf('action.ended')).filter(({ actionid }) => actionid === id);
  expect(ended).toEqual([
    {
      actionid: id,
      name: 'look for passwd',
      status: 'completed',
      reason: null,
      runid: null,
      counters: { success: AGENTS },
    },
  ]);
  await waitFor('the matches', async () => {
    const matched = (await eventsOf('action.matched')).filter(({ actionid }) => actionid === id);
    return matched.reduce((sum, { count }) => sum + count, 0) === AGENTS;
  });
  const matched = (await eventsOf('action.matched')).filter(({ actionid }) => actionid === id);
  expect(matched.length).toBeLessThanOrEqual(3);
  expect(matched[0]).toMatchObject({ name: 'look for passwd' });
  expect(matched.every(({ endpoints }) => endpoints.length <= MAX_ENDPOINTS)).toBe(true);
});

test('answers that nobody asked for are one event for each reason, however many come', async () => {
  const forged = (n: number) =>
    Buffer.from(
      JSON.stringify({
        id: 1_000_000 + n,
        action: { id: 1 },
        agent: { name: 'liar', queueloc: `linux.liar.${n}` },
        status: 'success',
        results: [],
      }),
    );
  for (let batch = 0; batch < 5; batch++) {
    const bodies = Array.from({ length: 100 }, (_, n) => forged(100 * batch + n));
    await storeResults({ pool: platform.pool, log }, { bodies });
  }
  await waitFor('the event', async () => (await eventsOf('agent.unauthorized')).length > 0, {
    timeoutMs: 30_000,
  });
  const events = await eventsOf('agent.unauthorized');
  expect(events.length).toBeLessThanOrEqual(3);
  expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(500);
  expect(events[0]).toMatchObject({ reason: 'result_unknown_command' });
  expect(events[0].endpoints[0]).toEqual({ queueloc: 'linux.liar.0', commandid: 1_000_000 });
});

test('parts become one event, whoever writes it', async () => {
  await platform.pool.query(
    `INSERT INTO event_parts (kind, subject, at, detail, count, endpoints)
     SELECT 'action.matched', '77', now() - interval '1 minute', '{"actionid": 77, "name": "x"}', 1,
       '[{"agent": "a", "queueloc": "linux.a.1"}]'
     FROM generate_series(1, 30)`,
  );
  await Promise.all([1, 2, 3].map(() => writeDueParts(platform.pool, 1_000)));
  const events = (await eventsOf('action.matched')).filter(({ actionid }) => actionid === 77);
  expect(events.map(({ count }) => count)).toEqual([30]);
  expect(events[0].endpoints).toHaveLength(MAX_ENDPOINTS);
});

test('an endpoint whose upgrade fails is named with the step and the reason', async () => {
  const { rows } = await platform.pool.query(
    `INSERT INTO upgrades (commandid, actionid, queueloc, toversion)
     SELECT id, actionid, queueloc, 'x'
     FROM commands
     ORDER BY id
     LIMIT 25
     RETURNING commandid, queueloc`,
  );
  await advanceUpgrades(
    platform.pool,
    rows.map(({ commandid }) => ({
      commandid,
      step: 'sent' as const,
      outcome: 'failed' as const,
      reason: 'no answer',
    })),
  );
  const events = await eventsOf('upgrade.failed');
  expect(events.map(({ count }) => count).sort()).toEqual([20, 5]);
  const named = events.flatMap(({ endpoints }) => endpoints);
  expect(named.map(({ queueloc }) => queueloc).sort()).toEqual(rows.map(({ queueloc }) => queueloc).sort());
  expect(named[0]).toMatchObject({ step: 'sent', outcome: 'failed', reason: 'no answer' });
});

test('old events are forgotten, but for the history of sweeps', async () => {
  await platform.pool.query(
    `INSERT INTO events (kind, at, detail)
     VALUES ('sweep.waived', now() - interval '91 days', '{"old": 1}'),
       ('sweep.flipped', now() - interval '91 days', '{"old": 1}')`,
  );
  await trimEvents(platform.pool, 90);
  const { rows } = await platform.pool.query(`SELECT kind FROM events WHERE detail ? 'old'`);
  expect(rows).toEqual([{ kind: 'sweep.flipped' }]);
});
