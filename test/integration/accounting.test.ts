import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFinalAction, noCounters, targeted } from '../../contract/rules/accounting.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { finishAction, requestCancel } from '../../platform/postgres/queries/actions/actions.ts';
import {
  answerFacts,
  countersOf,
  countersWithFailures,
  progressOf,
} from '../../platform/postgres/queries/actions/counters.ts';
import { type AnswerRow, storeAnswerRows } from '../../platform/postgres/queries/commands/answers.ts';
import {
  clearPublished,
  endUnanswered,
  markPublished,
  markReturned,
} from '../../platform/postgres/queries/commands/commands.ts';
import { resolveIntoCommands } from '../../platform/postgres/queries/targets.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const AGENTS = 6;
let slot: Slot;

beforeAll(async () => {
  slot = await openSlot();
  await slot.admin.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'a' || n, 'linux.a.' || n, 'daemon', '1', n, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
     FROM generate_series(1, $1::int) n`,
    [AGENTS],
  );
});
afterAll(() => slot?.[Symbol.asyncDispose]());

/** Events of a running action, in any order and number. Agents are given by their index. */
const agent = fc.nat(AGENTS - 1);
const event = fc.oneof(
  fc.record({
    type: fc.constant('answers' as const),
    answers: fc.array(
      fc.record({
        agent,
        sender: agent,
        status: fc.constantFrom('success', 'failed', 'timeout', 'cancelled'),
      }),
      { maxLength: 8 },
    ),
  }),
  fc.record({ type: fc.constantFrom('published' as const, 'returned' as const), agent }),
  fc.record({
    type: fc.constantFrom('resolve' as const, 'relay lost' as const, 'expire' as const, 'cancel' as const),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

test('targeted = waiting + final by status after any order of events, and an answer stays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
      const actionId = await newAction();
      const resolve = () => resolveIntoCommands(slot.admin, { actionId, namesStatus: false });
      expect(await resolve()).toBe(AGENTS);
      const { rows } = await slot.admin.query(
        'SELECT id, queueloc FROM commands WHERE actionid = $1 ORDER BY id',
        [actionId],
      );
      const model = new Map<number, string>(rows.map(({ id }) => [id, 'sent']));
      for (const one of events) {
        if (one.type === 'resolve') expect(await resolve()).toBe(AGENTS);
        await apply(one, { actionId, rows, model });
        const counters = await countersOf(slot.admin, actionId);
        expect(targeted(counters)).toBe(AGENTS);
        const expected = noCounters();
        for (const status of model.values()) expected[status as keyof typeof expected]++;
        expect(counters).toEqual(expected);
        const action = await slot.admin.query('SELECT status FROM actions WHERE id = $1', [actionId]);
        if (isFinalAction(action.rows[0].status)) expect(counters.sent).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

interface Context {
  actionId: number;
  rows: { id: number; queueloc: string }[];
  model: Map<number, string>;
}

async function apply(event: Event, { actionId, rows, model }: Context): Promise<void> {
  const idOf = (index: number) => {
    const row = rows[index];
    if (!row) throw new Error(`there is no command ${index}`);
    return row.id;
  };
  switch (event.type) {
    case 'answers':
      return answer(event.answers, { actionId, rows, model });
    case 'published':
      return markPublished(slot.admin, [idOf(event.agent)]);
    case 'returned':
      return markReturned(slot.admin, [idOf(event.agent)]);
    case 'relay lost':
      await clearPublished(slot.admin);
      return;
    case 'cancel':
      await requestCancel(slot.admin, actionId);
      return end('cancelled', { actionId, rows, model });
    case 'expire':
      return end('completed', { actionId, rows, model });
  }
}

async function answer(
  answers: readonly { agent: number; sender: number; status: string }[],
  { rows, model }: Context,
): Promise<void> {
  const batch = new Map<string, AnswerRow>();
  for (const { agent, sender, status } of answers) {
    const { id = 0 } = rows[agent] ?? {};
    const { queueloc = '' } = rows[sender] ?? {};
    const key = `${id} ${queueloc}`;
    if (batch.has(key)) continue;
    batch.set(key, { id, queueloc, status, results: '[]' });
    // Only the first answer of the agent itself counts.
    const own = agent === sender && !answered.has(`${id}`);
    if (own) {
      answered.add(`${id}`);
      model.set(id, status);
    }
  }
  await storeAnswerRows(slot.admin, [...batch.values()]);
}

const answered = new Set<string>();

async function end(outcome: 'completed' | 'cancelled', { actionId, model }: Context): Promise<void> {
  const status = outcome === 'completed' ? 'expired' : 'cancelled';
  await inTransaction(slot.admin, async (db) => {
    await endUnanswered(db, { actionId, status });
    await finishAction(db, { id: actionId, status: outcome, reason: null });
  });
  for (const [id, before] of model) if (before === 'sent') model.set(id, status);
}

async function newAction(): Promise<number> {
  const { rows } = await slot.admin.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ('accounting', 'true', '{}', '{}', '[]', now(), now() + interval '1 hour', 'pending', 2, '[]') RETURNING id`,
  );
  return rows[0].id;
}

test('answers with failed modules are counted in the same statement as all answers', async () => {
  const actionId = await newAction();
  await resolveIntoCommands(slot.admin, { actionId, namesStatus: false });
  const set = (status: string, results: string) =>
    slot.admin.query('UPDATE commands SET status = $2, results = $3 WHERE actionid = $1', [
      actionId,
      status,
      results,
    ]);
  let isOver = false;
  const arriving = (async () => {
    while (!isOver) {
      await set('success', '[{"success":true},{"success":false}]');
      await set('sent', '[]');
    }
  })();
  const seen = new Set<number>();
  try {
    await waitFor('both moments', async () => {
      const { counters, failures } = await countersWithFailures(slot.admin, actionId);
      expect({ failures, all: targeted(counters) }).toEqual({ failures: counters.success, all: AGENTS });
      seen.add(failures);
      return seen.size === 2;
    });
  } finally {
    isOver = true;
    await arriving;
  }
  for (const [status, results, expected] of [
    ['success', '[{"success":true}]', 0],
    ['success', '[{}]', AGENTS],
    ['failed', '[{"success":false}]', 0],
    ['success', 'null', 0],
  ] as const) {
    await set(status, results);
    expect((await countersWithFailures(slot.admin, actionId)).failures, results).toBe(expected);
  }
});

/** What a module may have sent: every part may be missing, or of another type. */
const anyPart = fc.oneof(
  fc.boolean(),
  fc.constantFrom('true', null, 0, '', {}),
  fc.array(fc.string(), { maxLength: 2 }),
);
const anyResults = fc.oneof(
  fc.array(
    fc.oneof(
      fc.record({ foundanything: anyPart, success: anyPart, errors: anyPart }, { requiredKeys: [] }),
      anyPart,
    ),
    { maxLength: 3 },
  ),
  anyPart,
);

const foundSomething = (results: unknown): boolean =>
  Array.isArray(results) && results.some((result) => String(result?.foundanything) === 'true');

test('what an answer says is noted with it, and is what reading it again says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyResults, { minLength: AGENTS, maxLength: AGENTS }), async (answers) => {
      const actionId = await newAction();
      await resolveIntoCommands(slot.admin, { actionId, namesStatus: false });
      const { rows } = await slot.admin.query('SELECT id, queueloc FROM commands WHERE actionid = $1', [
        actionId,
      ]);
      await storeAnswerRows(
        slot.admin,
        rows.map(({ id, queueloc }, index) => ({
          id,
          queueloc,
          status: 'success',
          results: JSON.stringify(answers[index]),
        })),
      );
      const noted = await progressOf(slot.admin, actionId);
      const failures = await countersWithFailures(slot.admin, actionId);
      const { rows: different } = await slot.admin.query(
        `SELECT commands.results, commands.hasmatches, commands.hasfailed, commands.haserrors
         FROM commands, LATERAL ${answerFacts('commands.results')} f
         WHERE commands.actionid = $1
           AND (commands.hasmatches, commands.hasfailed, commands.haserrors)
             IS DISTINCT FROM (f.hasmatches, f.hasfailed, f.haserrors)`,
        [actionId],
      );
      expect(different).toEqual([]);
      await slot.admin.query(
        'UPDATE commands SET hasmatches = NULL, hasfailed = NULL, haserrors = NULL WHERE actionid = $1',
        [actionId],
      );
      expect(await progressOf(slot.admin, actionId)).toEqual(noted);
      expect(await countersWithFailures(slot.admin, actionId)).toEqual(failures);
      expect(noted.matches).toBe(answers.filter(foundSomething).length);
    }),
    { numRuns: 40 },
  );
});

test('a session that the database ends within a transaction fails it, but not the process', async () => {
  const transaction = inTransaction(slot.admin, async (db) => {
    const { rows } = await db.query('SELECT pg_backend_pid() AS pid');
    await slot.admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    // Nothing waits on the session when the notification of its end arrives.
    await sleep(200);
    await db.query('SELECT 1');
  });
  await expect(transaction).rejects.toThrow();
  expect((await slot.admin.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
