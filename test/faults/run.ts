import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../../dev/simulation/fleet.ts';
import { type Testbed, waitForFinalStatus } from '../../dev/simulation/testbed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { type FaultTargets, injectFault } from './faults.ts';
import type { Observation, ObserverOrder, ObserverReport } from './observer.ts';
import type { Plan } from './plan.ts';

/** The outcome of one run. `problems` is empty when nothing was lost, run twice, wrong or late. */
export interface RunReport {
  seed: number;
  faults: string[];
  seconds: number;
  byStatus: Record<string, number>;
  snapshots: number;
  /** The longest time from a part's return to the next progress, in seconds. */
  slowestReturn: number;
  problems: string[];
}

const EXPIRES_IN_MS = 120_000;
const END_TIMEOUT_MS = EXPIRES_IN_MS + 30_000;
const POST_TIMEOUT_MS = 60_000;
const MAX_RETURN_MS = 30_000;
/** When the offline agents connect. */
const COME_BACK_MS = 8_000;

interface RunContext {
  testbed: Testbed;
  fleet: Fleet;
  targets: FaultTargets;
  targeted: number;
}

/** Runs one action to all agents while the planned faults happen. */
export async function runPlan(plan: Plan, context: RunContext): Promise<RunReport> {
  const { testbed, fleet, targets, targeted } = context;
  const startedAt = performance.now();
  const ranBefore = new Set((await fleet.ledger()).ran);
  const posting = postUntilAccepted(testbed, `chaos ${plan.seed} ${startedAt}`);
  const injecting = injectFaults(plan, targets);
  const comingBack = sleep(COME_BACK_MS).then(() => fleet.comeBack());
  const actionId = await posting;
  const observer = openObserver({ url: testbed.stack.postgres.url, actionId, targeted });
  const { repairedAt, failures } = await injecting;
  await comingBack;
  const status = await waitForFinalStatus(testbed, {
    actionId,
    timeoutMs: END_TIMEOUT_MS,
    everyMs: 200,
  }).catch(() => 'not finished');
  const { observations, violations } = await observer.report();
  const commands = await readCommands(testbed, actionId);
  const { ran, repeated } = await fleet.ledger();
  const slowestMs = Math.max(0, ...repairedAt.map((at) => msToProgress(observations, at)));
  return {
    seed: plan.seed,
    faults: plan.faults.map(({ name, atMs }) => `${(atMs / 1000).toFixed(1)} s ${name}`),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    byStatus: countByStatus(commands),
    snapshots: observations.length,
    slowestReturn: Math.round(slowestMs / 100) / 10,
    problems: [
      ...failures,
      ...violations,
      ...(status === 'completed' ? [] : [`the action is ${status}`]),
      ...(commands.length === targeted ? [] : [`${commands.length} commands instead of ${targeted}`]),
      ...lostAnswers(commands, { ran: ran.filter((id) => !ranBefore.has(id)) }),
      ...unansweredCommands(commands),
      ...(repeated.length === 0 ? [] : [`${repeated.length} commands were run twice`]),
      ...(slowestMs <= MAX_RETURN_MS
        ? []
        : [`no progress for ${Math.round(slowestMs / 1000)} s after a return`]),
    ],
  };
}

/** Resolves when all parts work again, to the times at which they did and to the faults that could not be repaired. */
async function injectFaults(
  { faults }: Plan,
  targets: FaultTargets,
): Promise<{ repairedAt: number[]; failures: string[] }> {
  const repairedAt: number[] = [];
  const failures: string[] = [];
  await Promise.all(
    faults.map(async ({ name, atMs, forMs }) => {
      await sleep(atMs);
      try {
        await injectFault(name, forMs, targets);
      } catch (error) {
        failures.push(`${name}: not repaired: ${(error as Error).message}`);
      }
      repairedAt.push(Date.now());
    }),
  );
  return { repairedAt, failures };
}

/** Repeats the same request with the same key until it is answered, as a careful client does. */
async function postUntilAccepted(testbed: Testbed, name: string): Promise<number> {
  const idempotencyKey = randomUUID();
  const action = await testbed.sign({ name, target: `status = 'online'`, expiresInMs: EXPIRES_IN_MS });
  const posted = await waitFor(
    'the action to be accepted',
    () => testbed.post(action, idempotencyKey).catch(() => undefined),
    { timeoutMs: POST_TIMEOUT_MS, everyMs: 200 },
  );
  return posted.id;
}

/** How long after that time the next answer was stored; 0 when no command was waiting any more. */
function msToProgress(observations: readonly Observation[], at: number): number {
  const finalBefore = observations.findLast((one) => one.at <= at)?.final ?? 0;
  const progress = observations.find((one) => one.at > at && (one.waiting === 0 || one.final > finalBefore));
  if (progress) return progress.at - at;
  return observations.at(-1)?.waiting === 0 ? 0 : Number.POSITIVE_INFINITY;
}

function openObserver(order: ObserverOrder): { report: () => Promise<ObserverReport> } {
  const child = fork(join(import.meta.dirname, 'observer.ts'), { execArgv: ['--import', 'tsx'] });
  child.send(order);
  return {
    report() {
      const report = createDeferred<ObserverReport>();
      child.once('message', (message) => report.resolve(message as ObserverReport));
      child.once('exit', () => report.reject(new Error('the observer ended')));
      child.send('report');
      return report.promise;
    },
  };
}

interface CommandFacts {
  id: number;
  status: string;
  name: string;
  isPublished: boolean;
  wasReturned: boolean;
}

async function readCommands({ db }: Testbed, actionId: number): Promise<CommandFacts[]> {
  const { rows } = await db.query(
    `SELECT c.id::float8 AS id, c.status, a.name, c.publishedat IS NOT NULL AS "isPublished",
       c.returnedat IS NOT NULL AS "wasReturned"
     FROM commands c
     JOIN agents a ON a.id = c.agentid
     WHERE actionid = $1
     ORDER BY c.id`,
    [actionId],
  );
  return rows;
}

function countByStatus(commands: readonly CommandFacts[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of commands) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function lostAnswers(commands: readonly CommandFacts[], { ran }: { ran: readonly number[] }): string[] {
  const answered = new Set(commands.filter(({ status }) => status !== 'sent').map(({ id }) => id));
  const lost = ran.filter((id) => !answered.has(id));
  return lost.length === 0 ? [] : [`${lost.length} commands were run and their answers lost`];
}

function unansweredCommands(commands: readonly CommandFacts[]): string[] {
  const unanswered = commands.filter(({ status }) => ['sent', 'expired', 'cancelled'].includes(status));
  if (unanswered.length === 0) return [];
  return [`never answered: ${unanswered.length}, first ${unanswered.slice(0, 5).map(toText).join(', ')}`];
}

function toText({ id, status, name, isPublished, wasReturned }: CommandFacts): string {
  return `${id} of ${name} ${status}${isPublished ? ' published' : ''}${wasReturned ? ' returned' : ''}`;
}
