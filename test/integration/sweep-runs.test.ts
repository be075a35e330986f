import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateSweepAction } from '../../activities/sweep/evaluate.ts';
import { finishSweepRun } from '../../activities/sweep/finish.ts';
import { planSweep } from '../../contract/sweep/plan.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { defined } from '../setup/defined.ts';
import { log, openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import {
  fileCheck,
  type PostedSweep,
  plannedThisMinute,
  postSweep,
  type RunRecord,
  signAhead,
  sweepText,
  triggerSweep,
  waitForRun,
} from '../setup/sweeps.ts';

const AGENTS = 3;
const sweepLimiter = async (most: number) => most;

let platform: Platform;
/** What the agents answer from now on, by module. */
const elements: Record<string, string> = {};

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: AGENTS, elements }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Every search of the sweep finds a file, or none does. */
function answer({ sweep }: PostedSweep, isFound: boolean): void {
  const labels = planSweep(sweep.checks).flatMap(({ operations }) =>
    operations.flatMap(({ parameters }) => Object.keys((parameters as { searches: object }).searches)),
  );
  const matches = [{ file: isFound ? '/etc/x' : '', search: {} }];
  elements.file = JSON.stringify(Object.fromEntries(labels.map((label) => [label, matches])));
}

async function run(posted: PostedSweep): Promise<RunRecord> {
  return waitForRun(platform, await triggerSweep(platform.api, posted));
}

async function readRows<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
  const { rows } = await platform.pool.query<Row>(text, values);
  return rows;
}

describe('a sweep with more checks than one action holds', () => {
  /** 200 searches of 700 bytes each: two such checks are more than one action may have. */
  function largeCheck(id: string) {
    const search = (n: number) => ({ paths: [`/etc/${id}-${n}-${'x'.repeat(650)}`], names: ['^x$'] });
    const searches = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`s${n}`, search(n)]));
    return {
      id,
      action: {
        name: id,
        operations: [{ module: 'file', parameters: { searches } }],
        compliance: { expect: ['found'] },
      },
    };
  }

  test('is asked in several actions, and its run is complete when all are answered', async () => {
    const ids = ['one', 'two', 'three'];
    const posted = await postSweep(platform.api, sweepText({ name: 'large', checks: ids.map(largeCheck) }));
    expect(posted.operations).toHaveLength(3);
    answer(posted, true);
    const ended = await run(posted);
    expect(ended).toMatchObject({
      state: 'complete',
      targeted: AGENTS,
      answered: AGENTS,
      counts: { pass: ids.length * AGENTS },
    });
    const actions = await readRows<{ part: number }>(
      'SELECT part FROM sweep_actions WHERE runid = $1 ORDER BY part',
      [ended.id],
    );
    expect(actions.map(({ part }) => part)).toEqual([0, 1, 2]);
  });
});

test.each([
  ['elements of another type', '"none"', { error: AGENTS }],
  ['a label that nobody asked for', '{"other":[{"file":"/etc/one"}]}', { error: AGENTS }],
  [
    'a count that cannot be converted',
    '{"1.s":[{"file":"","count":{"toString":1,"valueOf":1}}]}',
    { fail: AGENTS },
  ],
])('a run with hostile answers ends, and passes nobody: %s', async (what, text, counts) => {
  const posted = await postSweep(platform.api, sweepText({ name: what }));
  elements.file = text;
  expect(await run(posted)).toMatchObject({ state: 'complete', answered: AGENTS, counts });
});

describe('endpoints whose verdict turns with each run', () => {
  interface Flip {
    runid: number;
    from: string;
    to: string;
  }
  const flipsOf = ({ id }: PostedSweep) =>
    readRows<Flip>(
      `SELECT (detail ->> 'runid')::numeric AS runid, detail ->> 'from' AS "from", detail ->> 'to' AS "to"
       FROM events
       WHERE kind = 'sweep.flipped' AND detail ->> 'sweepid' = $1::text
       ORDER BY id`,
      [String(id)],
    );
  const itemsOf = ({ id }: PostedSweep) =>
    readRows<{ status: string; since: string; firstfailedrun: number | null }>(
      'SELECT status, since, firstfailedrun FROM compliance_items WHERE sweepid = $1',
      [id],
    );

  test('give one event each time, and evaluating any run again gives none', async () => {
    const checks = [fileCheck('one', '/etc')];
    const posted = await postSweep(platform.api, sweepText({ name: 'flapping', checks }));
    const runs: RunRecord[] = [];
    const sinces: string[] = [];
    for (const isFound of [true, false, true, false]) {
      answer(posted, isFound);
      const ended = await run(posted);
      const items = await itemsOf(posted);
      expect(items).toHaveLength(AGENTS);
      for (const item of items) {
        expect(item).toMatchObject(
          isFound ? { status: 'pass', firstfailedrun: null } : { status: 'fail', firstfailedrun: ended.id },
        );
      }
      sinces.push(...new Set(items.map(({ since }) => since)));
      runs.push(ended);
    }
    expect([...sinces].sort()).toEqual(sinces);
    const expected = [
      { runid: runs[1]?.id, from: 'pass', to: 'fail' },
      { runid: runs[2]?.id, from: 'fail', to: 'pass' },
      { runid: runs[3]?.id, from: 'pass', to: 'fail' },
    ].flatMap((flip) => Array.from({ length: AGENTS }, () => flip));
    expect(await flipsOf(posted)).toEqual(expected);

    const before = await itemsOf(posted);
    for (const { id } of runs) await evaluateAgain(id);
    expect(await itemsOf(posted)).toEqual(before);
    expect(await flipsOf(posted)).toEqual(expected);
  });
});

async function evaluateAgain(runId: number): Promise<void> {
  const actions = await readRows<{ actionid: number }>(
    'SELECT actionid FROM sweep_actions WHERE runid = $1',
    [runId],
  );
  for (const { actionid: actionId } of actions) {
    const attempt = {
      urgency: 'bulk',
      progress: { after: 0 },
      signal: new AbortController().signal,
    } as const;
    await evaluateSweepAction({ ...platform, sweepLimiter }, { runId, actionId }, attempt);
  }
}

describe('another version planned the actions of a run', () => {
  const checks = [fileCheck('one', '/etc'), fileCheck('two', '/etc')];

  /** A run that has ended, as it was before: its action asks under other labels than this version gives. */
  async function runOfOtherVersion(name: string): Promise<RunRecord & { posted: PostedSweep }> {
    const posted = await postSweep(platform.api, sweepText({ name, checks }));
    answer(posted, true);
    const ended = await run(posted);
    await platform.pool.query(
      `UPDATE actions
       SET operations = $2
       WHERE id = (SELECT actionid FROM sweep_actions WHERE runid = $1)`,
      [
        ended.id,
        JSON.stringify([{ module: 'file', parameters: { searches: { other: { paths: ['/etc'] } } } }]),
      ],
    );
    await platform.pool.query('UPDATE sweep_runs SET finishedat = NULL WHERE id = $1', [ended.id]);
    return { ...ended, posted };
  }

  test('its checks become unknown, and the reason of the run names them', async () => {
    const { id, posted } = await runOfOtherVersion('planned before');
    await evaluateAgain(id);
    const items = await readRows<{ checkid: string; status: string; verdict: string }>(
      'SELECT checkid, status, verdict FROM compliance_items WHERE sweepid = $1',
      [posted.id],
    );
    expect(items).toHaveLength(checks.length * AGENTS);
    for (const item of items) expect(item).toMatchObject({ status: 'unknown', verdict: 'pass' });
    const ended = await finishSweepRun({ pool: platform.pool, log }, { runId: id, refusal: null });
    expect(ended).toMatchObject({
      state: 'partial',
      reason: expect.stringMatching(/^another version .* 2 checks cannot be evaluated: one, two$/),
      counts: { unknown: checks.length * AGENTS },
    });
  });

  test('a run that was signed for another number of actions says so, and asks nobody', async () => {
    const { cron, plannedat } = plannedThisMinute();
    const schedule = { cron, catchup: '0s' };
    const posted = await postSweep(
      platform.api,
      sweepText({ name: 'signed before', schedule, validity: '5m', checks }),
    );
    const signed = await signAhead(platform.api, posted, [plannedat]);
    expect(signed.status, signed.text).toBe(202);
    await platform.pool.query(
      `INSERT INTO sweep_signed
       SELECT sweepid, kind, plannedat, 1, name, validfrom, expireafter, operations, signatures, postedby
       FROM sweep_signed
       WHERE sweepid = $1`,
      [posted.id],
    );
    const [planned] = await readRows<{ id: number }>(
      `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, workflowid)
       VALUES ($1, 'schedule', $2, 'awaiting signature', $3)
       RETURNING id`,
      [posted.id, plannedat, `signed-before-${posted.id}`],
    );
    expect(await waitForRun(platform, defined(planned).id)).toMatchObject({
      state: 'unsigned',
      targeted: 0,
      reason: 'this version plans 1 action for the checks of the sweep, and 2 were signed: create it again',
    });
  });
});

test('the evaluation of a run takes as many answers as the limit of sweeps allows', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'yielding' }));
  const { id: runId } = await run(posted);
  const [action] = await readRows<{ actionid: number }>(
    'SELECT actionid FROM sweep_actions WHERE runid = $1',
    [runId],
  );
  await platform.pool.query('DELETE FROM compliance_items WHERE sweepid = $1', [posted.id]);
  const count = async () =>
    (await readRows('SELECT FROM compliance_items WHERE sweepid = $1', [posted.id])).length;
  const stop = new AbortController();
  let asked = 0;
  const evaluating = evaluateSweepAction(
    {
      pool: platform.pool,
      sweepLimiter: async () => {
        asked++;
        if (asked === AGENTS) stop.abort();
        return 1;
      },
    },
    { runId, actionId: Number(action?.actionid) },
    { urgency: 'bulk', progress: { after: 0 }, signal: stop.signal },
  );
  await expect(evaluating).rejects.toThrow('abort');
  await waitFor('the items of the endpoints before', async () => (await count()) === AGENTS - 1);
});
