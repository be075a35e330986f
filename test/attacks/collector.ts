import { timestampFromMillis } from '../../contract/go/time.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../../contract/names.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

const BATCH = 'the collector halves batches until the bad message is alone, records and drops it';
const STRICT = 'the strict parser of answers';
const OWNER = 'an answer counts only from the queue that was asked';

/** Sends one body and waits until the platform has recorded its rejection. */
async function recorded(rig: Rig, queue: string, body: string | Buffer): Promise<Verdict> {
  const count = async () => {
    const { rows } = await rig.pool.query(
      `SELECT count(*) AS count, (array_agg(code || ': ' || message ORDER BY id DESC))[1] AS last
       FROM rejections
       WHERE queue = $1`,
      [queue],
    );
    return rows[0] as { count: number; last: string };
  };
  const before = await count();
  await rig.asAgent.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: queue, body });
  const after = await waitFor(
    'the rejection',
    async () => {
      const now = await count();
      return now.count > before.count && now;
    },
    { timeoutMs: 10_000 },
  ).catch(() => undefined);
  return stoppedIf(after !== undefined, brief(after?.last ?? 'nothing was recorded'));
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const answer = (fields: string, queueloc = 'linux.x.1') =>
  `{"id":5,"agent":{"queueloc":"${queueloc}"},"status":"success",${fields}}`;
const element = (elements: string) =>
  answer(
    `"results":[{"foundanything":true,"success":true,"elements":${elements},"statistics":null,"errors":null}]`,
  );

function beat(overrides: Record<string, unknown>, raw: readonly [string, string] = ['', '']): string {
  const now = new Date().toISOString();
  const body = {
    name: 'web',
    mode: 'daemon',
    version: '1',
    pid: 5,
    queueloc: 'linux.web.a1',
    starttime: now,
    refreshts: now,
    heartbeatts: now,
    environment: { os: 'linux' },
    tags: {},
    ...overrides,
  };
  return JSON.stringify(body).replace(...raw);
}

const BAD_ANSWERS: readonly (readonly [name: string, body: string | Buffer])[] = [
  ['a number that overflows', element('1e999')],
  ['a negative number that overflows', element('-1e99999')],
  ['nested 3,000 deep', element(nested(3_000))],
  ['a number of 100,000 digits', element('1'.repeat(100_000))],
  ['a fraction of 100,000 digits', element(`0.${'1'.repeat(100_000)}`)],
  ['the key results twice', answer('"results":[],"Results":[{"foundanything":true}]')],
  ['the key id twice', answer('"results":[],"ID":6')],
  ['results of a type of their own', answer('"results":{"0":{}}')],
  ['300 results', answer(`"results":[${Array(300).fill('{}').join()}]`)],
  ['no JSON', '{"id":'],
  ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ['an empty body', Buffer.alloc(0)],
  ['an id beyond all numbers', `{"id":1e300,"agent":{"queueloc":"a"},"status":"success","results":[]}`],
  ['a negative id', `{"id":-5,"agent":{"queueloc":"a"},"status":"success","results":[]}`],
  ['a fraction as id', `{"id":5.5,"agent":{"queueloc":"a"},"status":"success","results":[]}`],
  ['a status of its own', answer('"results":[]').replace('success', 'great')],
  ['a lone surrogate as queue', answer('"results":[]', '\\ud800')],
  ['a NUL in the queue', answer('"results":[]', 'linux.x\\u0000.1')],
  ['a key called __proto__', answer('"results":[{"elements":{"__proto__":{"x":1}}}]')],
  ['5 MB of spaces', answer(`"results":[]${' '.repeat(5_000_000)}`)],
];

const BAD_HEARTBEATS: readonly (readonly [name: string, body: () => string | Buffer])[] = [
  ['a NUL in the name', () => beat({ name: 'web\u0000' })],
  ['a NUL in the version', () => beat({ version: '1\u0000' })],
  ['a NUL in the operating system', () => beat({ environment: { os: 'lin\u0000ux' } })],
  ['a NUL in an address', () => beat({ environment: { os: 'linux', addresses: ['1.2.3.4\u0000'] } })],
  ['a NUL in the cloud data', () => beat({ environment: { os: 'linux', aws: { a: { b: '\u0000' } } } })],
  ['a NUL in a key of the cloud data', () => beat({ environment: { os: 'linux', aws: { 'a\u0000': 1 } } })],
  ['a NUL in a module', () => beat({ environment: { os: 'linux', modules: ['file\u0000'] } })],
  ['a NUL in a tag', () => beat({ tags: { ring: 'canary\u0000' } })],
  ['a NUL in the name of a tag', () => beat({ tags: { 'ring\u0000': 'canary' } })],
  [
    'a number of 100,000 digits',
    () => beat({ environment: { os: 'linux', aws: { n: 'N' } } }, ['"N"', '1'.repeat(90_000)]),
  ],
  [
    'cloud data nested 3,000 deep',
    () => beat({ environment: { os: 'linux', aws: { n: 'N' } } }, ['"N"', nested(3_000)]),
  ],
  ['the key name twice', () => beat({}, ['"name"', '"Name":"other","name"'])],
  ['a queue that names another', () => beat({ queueloc: '#.*' })],
  ["the platform's own queue", () => beat({ queueloc: 'results' })],
  ['a pid out of range', () => beat({ pid: 1e18 })],
  ['a time of the year 10000', () => beat({ heartbeatts: '9999-12-31T23:59:59-23:00' })],
  ['no time', () => beat({ heartbeatts: '0001-01-01T00:00:00Z' })],
  ['a mode of its own', () => beat({ mode: 'sleeping' })],
  ['200 kB', () => Buffer.alloc(200_000, 'x')],
  ['a name of 5,000 characters', () => beat({ name: 'x'.repeat(5_000) })],
];

export const COLLECTOR_ATTACKS: readonly Attack[] = [
  ...BAD_ANSWERS.map(
    ([name, body]): Attack => ({
      name: `answer: ${name}`,
      holder: "an endpoint's root",
      wall: STRICT,
      run: (rig) => recorded(rig, QUEUE_RESULTS, body),
    }),
  ),
  ...BAD_HEARTBEATS.map(
    ([name, body]): Attack => ({
      name: `heartbeat: ${name}`,
      holder: "an endpoint's root",
      wall: BATCH,
      run: (rig) => recorded(rig, QUEUE_HEARTBEATS, body()),
    }),
  ),
  {
    name: "answer: for another endpoint's command",
    holder: "an endpoint's root",
    wall: OWNER,
    async run(rig) {
      const id = await rig.plant();
      const forged = `{"id":${id},"agent":{"queueloc":"${rig.own.queueloc}"},"status":"success","results":[]}`;
      const verdict = await recorded(rig, QUEUE_RESULTS, forged);
      const { rows } = await rig.pool.query('SELECT status FROM commands WHERE id = $1', [id]);
      return stoppedIf(
        verdict.isStopped && rows[0].status === 'sent',
        `${verdict.how}; still ${rows[0].status}`,
      );
    },
  },
  {
    name: 'answer: to a command that nobody sent',
    holder: "an endpoint's root",
    wall: OWNER,
    run: (rig) => recorded(rig, QUEUE_RESULTS, answer('"results":[]')),
  },
  {
    name: 'answer: a second one to change the first',
    holder: "an endpoint's root",
    wall: 'an answer is final',
    async run(rig) {
      const id = await rig.plant();
      const sendAnswer = (status: string) =>
        rig.asAgent.publish({
          exchange: EXCHANGE_TO_SCHEDULERS,
          routingKey: QUEUE_RESULTS,
          body: `{"id":${id},"agent":{"queueloc":"${rig.victim.queueloc}"},"status":"${status}","results":[]}`,
        });
      await sendAnswer('failed');
      await rig.answerTo(id);
      await sendAnswer('success');
      await rig.expectServing();
      const { status } = await rig.answerTo(id);
      return stoppedIf(status === 'failed', `the answer stayed ${status}`);
    },
  },
  {
    name: 'answer: a good one among 400 hostile ones',
    holder: "an endpoint's root",
    wall: BATCH,
    async run(rig) {
      const id = await rig.plant();
      const send = (body: string) =>
        rig.asAgent.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body });
      await Promise.all([
        ...Array.from({ length: 200 }, () => send(element('1e999'))),
        send(`{"id":${id},"agent":{"queueloc":"${rig.victim.queueloc}"},"status":"success","results":[]}`),
        ...Array.from({ length: 200 }, () => send(element(nested(3_000)))),
      ]);
      const { status } = await rig.answerTo(id);
      return stoppedIf(status === 'success', 'the good one between them was stored');
    },
  },
  {
    name: 'answer: a NUL in a match',
    holder: "an endpoint's root",
    wall: 'U+0000 is replaced in answers, as MIG does',
    async run(rig) {
      const id = await rig.plant();
      const body = `{"id":${id},"agent":{"queueloc":"${rig.victim.queueloc}"},"status":"success","results":[{"elements":{"a\\u0000b":"c\\u0000"},"errors":["\\u0000"]}]}`;
      await rig.asAgent.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body });
      await rig.answerTo(id);
      const { rows } = await rig.pool.query('SELECT results::text AS text FROM commands WHERE id = $1', [id]);
      const text = rows[0].text;
      const search = await rig.bob.get('/search?type=command&status=success');
      return stoppedIf(/aNULLb/.test(text) && search.status === 200, brief(text));
    },
  },
  {
    name: 'heartbeat: an old one, to make an ended agent online',
    holder: 'the relay',
    wall: 'late heartbeats make no agent online',
    async run(rig) {
      const { pool } = rig;
      const gone = { name: 'gone', queueloc: 'linux.gone.1', pid: 6 };
      const never = { name: 'never', queueloc: 'linux.never.1', pid: 6 };
      const statuses = async () => {
        const { rows } = await pool.query(`SELECT status FROM agents WHERE name IN ('gone', 'never')`);
        return rows.map(({ status }) => status as string);
      };
      await rig.heartbeat(gone);
      await waitFor('registration', async () => (await statuses()).length === 1);
      await pool.query(`UPDATE agents SET status = 'offline' WHERE name = 'gone'`);
      for (const one of [gone, never]) await rig.heartbeat({ ...one, heartbeatts: '2020-01-01T00:00:00Z' });
      await waitFor('the second', async () => (await statuses()).length === 2);
      const found = await statuses();
      return stoppedIf(
        found.every((status) => status === 'offline'),
        `both are ${found.join(' and ')}`,
      );
    },
  },
  {
    name: 'heartbeat: an endpoint that revives itself after it was destroyed',
    holder: "an endpoint's root",
    wall: 'a destroyed process stays destroyed',
    async run(rig) {
      // Another start time with the same PID would be another process.
      const starttime = timestampFromMillis(Date.now());
      const overrides = { name: 'zombie', queueloc: 'linux.zombie.1', pid: 6, starttime };
      const status = async () => {
        const { rows } = await rig.pool.query(
          `SELECT status, heartbeattime FROM agents WHERE name = 'zombie'`,
        );
        return rows[0] as { status: string; heartbeattime: string } | undefined;
      };
      await rig.heartbeat(overrides);
      await waitFor('registration', status);
      await rig.pool.query(
        `UPDATE agents SET status = 'destroyed', heartbeattime = '2020-01-01' WHERE name = 'zombie'`,
      );
      await rig.heartbeat(overrides);
      await waitFor('the heartbeat', async () => ((await status())?.heartbeattime ?? '') > '2021');
      return stoppedIf((await status())?.status === 'destroyed', `it is ${(await status())?.status}`);
    },
  },
];
