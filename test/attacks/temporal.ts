import { randomUUID } from 'node:crypto';
import { errorMessage } from '../../contract/errors.ts';
import {
  actionWorkflowId,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_RESULTS,
  TASK_QUEUE_INTERACTIVE,
} from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startedWorkflow } from '../setup/started-workflow.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

/** From Temporal's enum of commands. */
const SCHEDULE_ACTIVITY_TASK = 1;
/** The reconciler checks running workflows once a minute. */
const RECONCILED_MS = 150_000;
const TRUTH = 'Postgres is the truth: a workflow only reads it';
const ORDERS = "what the platform signs is derived from an upgrade's records";

/** Posts an action to the attacker's own endpoint, which does not answer, so that its workflow keeps running. */
export async function openAction(rig: Rig): Promise<number> {
  const id = await postAction(rig.bob, { name: `open ${randomUUID()}`, target: `name='${rig.own.name}'` });
  await waitFor('its command', async () => {
    const { rows } = await rig.pool.query(
      'SELECT 1 FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
      [id],
    );
    return rows.length > 0;
  });
  return id;
}

export async function finish(rig: Rig, id: number): Promise<void> {
  await rig.bob.form('/action/cancel/', { actionid: String(id) });
}

/** Starts one of our workflows with arguments of the attacker's, and waits for its end. */
async function startWorkflow(rig: Rig, type: string, args: unknown[]): Promise<string> {
  const handle = await rig.temporal.workflow.start(type, {
    workflowId: `attack-${randomUUID()}`,
    taskQueue: TASK_QUEUE_INTERACTIVE,
    args,
    workflowExecutionTimeout: '5 seconds',
  });
  return handle.result().then(
    (value) => JSON.stringify(value),
    (error) => errorMessage(error.cause ?? error),
  );
}

/** Returns what the platform's key has signed so far. */
async function ordersSigned({ pool, slot }: Rig): Promise<number> {
  const { rows } = await pool.query(
    `SELECT count(*) AS count
     FROM signatures s JOIN investigators i ON i.id = s.investigatorid
     WHERE i.pgpfingerprint = $1`,
    [slot.people.scheduler.fingerprint],
  );
  return rows[0].count;
}

async function nothingSigned(rig: Rig, attempt: () => Promise<string>): Promise<Verdict> {
  const before = await ordersSigned(rig);
  const outcome = await attempt();
  const signed = (await ordersSigned(rig)) - before;
  return stoppedIf(signed === 0, brief(`${signed} orders were signed: ${outcome}`));
}

/**
 * Runs one of the platform's activities with arguments of the attacker's: a workflow of the attacker's, completed by hand,
 * may name the platform's task queue.
 */
function runActivity(rig: Rig, activityType: string, argument: unknown): Promise<string> {
  return rig.temporal.withDeadline(Date.now() + 30_000, () => scheduleActivity(rig, activityType, argument));
}

async function scheduleActivity(rig: Rig, activityType: string, argument: unknown): Promise<string> {
  const queue = `attack-${randomUUID()}`;
  const { workflowService } = rig.temporal;
  const namespace = rig.temporal.options.namespace;
  const handle = await rig.temporal.workflow.start('attack', {
    workflowId: queue,
    taskQueue: queue,
    args: [],
    workflowExecutionTimeout: '10 seconds',
  });
  const poll = () =>
    workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: queue }, identity: 'attacker' });
  const first = await poll();
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken: first.taskToken,
    commands: [
      {
        commandType: SCHEDULE_ACTIVITY_TASK,
        scheduleActivityTaskCommandAttributes: {
          activityId: '1',
          activityType: { name: activityType },
          taskQueue: { name: TASK_QUEUE_INTERACTIVE },
          input: {
            payloads: [
              {
                metadata: { encoding: Buffer.from('json/plain') },
                data: Buffer.from(JSON.stringify(argument)),
              },
            ],
          },
          startToCloseTimeout: { seconds: 5 as never },
          scheduleToCloseTimeout: { seconds: 5 as never },
          retryPolicy: { maximumAttempts: 1 },
        },
      },
    ],
  } as never);
  await poll();
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const failed = events.find(
    (event) => event.activityTaskFailedEventAttributes,
  )?.activityTaskFailedEventAttributes;
  const timedOut = events.some((event) => event.activityTaskTimedOutEventAttributes);
  const completed = events.find(
    (event) => event.activityTaskCompletedEventAttributes,
  )?.activityTaskCompletedEventAttributes;
  await handle.terminate();
  if (failed) return `failed: ${failed.failure?.message}`;
  return timedOut
    ? 'timed out'
    : `answered ${completed?.result?.payloads?.map(({ data }) => Buffer.from(data ?? []).toString())}`;
}

export const TEMPORAL_ATTACKS: readonly Attack[] = [
  ...(['sendKills', 'sendChecks', 'sendRemovals'] as const).map(
    (activity): Attack => ({
      name: `Temporal: ${activity} for an action that is no upgrade`,
      holder: 'Temporal',
      wall: ORDERS,
      async run(rig) {
        const id = await openAction(rig);
        try {
          return await nothingSigned(rig, () => runActivity(rig, activity, { actionId: id }));
        } finally {
          await finish(rig, id);
        }
      },
    }),
  ),
  {
    name: 'Temporal: sendKills with another order beside the id',
    holder: 'Temporal',
    wall: ORDERS,
    run: (rig) =>
      nothingSigned(rig, () =>
        runActivity(rig, 'sendKills', {
          actionId: 1,
          records: [{ queueloc: rig.victim.queueloc, oldpid: 1 }],
          parameters: { pid: 1 },
        }),
      ),
  },
  {
    name: 'Temporal: sendKills with an id that is SQL',
    holder: 'Temporal',
    wall: ORDERS,
    run: (rig) => nothingSigned(rig, () => runActivity(rig, 'sendKills', { actionId: '1 OR true' })),
  },
  {
    name: 'Temporal: the upgrade workflow for an action that is no upgrade',
    holder: 'Temporal',
    wall: ORDERS,
    async run(rig) {
      const id = await openAction(rig);
      try {
        return await nothingSigned(rig, () => startWorkflow(rig, 'upgradeWorkflow', [{ actionId: id }]));
      } finally {
        await finish(rig, id);
      }
    },
  },
  ...(
    [
      ['an action that does not exist', [{ actionId: 999_999_999 }]],
      ['no argument', []],
      ['an argument of another kind', ['rubbish']],
      ['an id that is SQL', [{ actionId: '1; DROP TABLE actions' }]],
    ] as const
  ).map(
    ([what, args]): Attack => ({
      name: `Temporal: the action workflow with ${what}`,
      holder: 'Temporal',
      wall: TRUTH,
      async run(rig) {
        const count = async () =>
          (await rig.pool.query('SELECT count(*) AS count FROM commands')).rows[0].count;
        const before = await count();
        const outcome = await startWorkflow(rig, 'actionWorkflow', [...args]);
        return stoppedIf((await count()) === before, brief(outcome));
      },
    }),
  ),
  {
    name: 'Temporal: a second workflow for an action that has ended',
    holder: 'Temporal',
    wall: TRUTH,
    async run(rig) {
      const { rows } = await rig.pool.query(
        `SELECT a.id, count(c.id) AS count FROM actions a JOIN commands c ON c.actionid = a.id WHERE a.status = 'completed' GROUP BY a.id ORDER BY a.id DESC LIMIT 1`,
      );
      const outcome = await startWorkflow(rig, 'actionWorkflow', [{ actionId: rows[0].id }]);
      const after = await rig.pool.query('SELECT count(*) AS count FROM commands WHERE actionid = $1', [
        rows[0].id,
      ]);
      return stoppedIf(after.rows[0].count === rows[0].count, brief(`the same commands: ${outcome}`));
    },
  },
  {
    name: 'Temporal: an action whose workflow is ended in the middle',
    holder: 'Temporal',
    wall: 'the reconciler restarts the workflow of every action in progress in Postgres',
    async run(rig) {
      const id = await openAction(rig);
      await rig.temporal.workflow.getHandle(actionWorkflowId(id)).terminate('attack');
      const { rows } = await rig.pool.query('SELECT id FROM commands WHERE actionid = $1', [id]);
      await rig.asAgent.publish({
        exchange: EXCHANGE_TO_SCHEDULERS,
        routingKey: QUEUE_RESULTS,
        body: `{"id":${rows[0].id},"agent":{"queueloc":"${rig.own.queueloc}"},"status":"success","results":[]}`,
      });
      const startMs = performance.now();
      const status = await waitFor(
        'its end',
        async () => {
          const { rows: found } = await rig.pool.query('SELECT status FROM actions WHERE id = $1', [id]);
          const { status: now } = found[0] as { status: string };
          return ['completed', 'invalid', 'cancelled'].includes(now) && now;
        },
        { timeoutMs: RECONCILED_MS },
      );
      const seconds = Math.round((performance.now() - startMs) / 1000);
      return stoppedIf(status === 'completed', `it is ${status}, ${seconds} s after its workflow was ended`);
    },
  },
  {
    name: 'Temporal: signals of all kinds to a running action',
    holder: 'Temporal',
    wall: 'a signal only wakes',
    async run(rig) {
      const id = await openAction(rig);
      try {
        const handle = rig.temporal.workflow.getHandle(actionWorkflowId(id));
        for (const [name, args] of [
          ['wake', [{ status: 'completed' }]],
          ['finish', []],
          ['__proto__', ['x']],
          ['wake', ['x'.repeat(100_000)]],
        ] as const) {
          await handle.signal(name, ...args);
        }
        const { rows } = await rig.pool.query('SELECT status FROM actions WHERE id = $1', [id]);
        return stoppedIf(rows[0].status === 'inflight', `it is ${rows[0].status} as before`);
      } finally {
        await finish(rig, id);
      }
    },
  },
  {
    name: 'Temporal: a cancel in the name of an investigator',
    holder: 'Temporal',
    wall: 'the audit trail marks everything not sent by the API as unproven',
    async run(rig) {
      const id = await openAction(rig);
      await rig.temporal.workflow.getHandle(actionWorkflowId(id)).executeUpdate('cancel', {
        args: [{ fingerprint: rig.slot.people.bob.fingerprint, isproven: true }],
      });
      const rows = await waitFor('its line', async () => {
        const { rows: found } = await rig.pool.query(
          `SELECT source, isproven, actor
           FROM audit
           WHERE objectid = $1 AND source = 'temporal'`,
          [id],
        );
        return found.length > 0 && found;
      });
      const isUnproven = rows.every(({ isproven }: { isproven: boolean }) => !isproven);
      return stoppedIf(isUnproven, brief(`recorded, unproven: ${JSON.stringify(rows)}`));
    },
  },
  {
    name: 'Temporal: secrets or answers in the history of an action',
    holder: 'Temporal',
    wall: 'no secrets and no results go to Temporal',
    async run(rig) {
      const id = await postAction(rig.bob, {
        name: `history ${randomUUID()}`,
        target: `name='${rig.victimName}'`,
      });
      const handle = await startedWorkflow(rig.temporal, id);
      await handle.result();
      const text = JSON.stringify(await handle.fetchHistory(), (_, value) =>
        value?.type === 'Buffer' || value instanceof Uint8Array
          ? Buffer.from(value.data ?? value).toString()
          : value,
      );
      const { passwords, relay } = rig.slot.services;
      const secrets = [
        ...Object.values(passwords),
        ...Object.values(relay.passwords),
        'BEGIN PGP',
        '/etc/passwd',
        'wsB',
        'wnU',
      ];
      const found = secrets.filter((secret) => text.includes(secret));
      return stoppedIf(
        text.length > 1_000 && found.length === 0,
        `${text.length} characters, ${found.length} secrets`,
      );
    },
  },
];
