import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../../dev/simulation/fleet.ts';
import type { BenchPlatform } from '../../dev/simulation/platform.ts';
import { waitFor } from '../../dev/wait.ts';
import { type FaultTargets, suffer } from './faults.ts';
import type { ObserverOrder, ObserverReport } from './observer.ts';
import type { Plan } from './plan.ts';

/** What one run came to; `problems` is empty when nothing was lost, run twice, wrong or late. */
export interface RunReport {
  seed: number;
  faults: string[];
  seconds: number;
  byStatus: Record<string, number>;
  snapshots: number;
  /** Longest time from a part's return to the next progress, in seconds. */
  slowestReturn: number;
  problems: string[];
}

const END_MS = 120_000;
const MAX_RETURN_MS = 30_000;
/** Offline agents come back after this. */
const COME_BACK_MS = 8_000;

/** One action to all agents while the faults of the plan happen to everything that carries it. */
export async function runPlan(
  plan: Plan,
  context: { platform: BenchPlatform; fleet: Fleet; targets: FaultTargets; targeted: number },
): Promise<RunReport> {
  const { platform, fleet, targets, targeted } = context;
  const began = performance.now();
  const ranBefore = new Set((await fleet.ledger()).ran);
  const posting = postUntilAccepted(platform, `chaos ${plan.seed} ${began}`);
  const returns: number[] = [];
  const failures: string[] = [];
  const happening = plan.faults.map(async ({ name, atMs, forMs }) => {
    await sleep(atMs);
    try {
      await suffer(name, forMs, targets);
    } catch (error) {
      failures.push(`${name}: not mended: ${(error as Error).message}`);
    }
    returns.push(Date.now());
  });
  const comingBack = sleep(COME_BACK_MS).then(() => fleet.comeBack());
  const actionId = await posting;
  const observer = openObserver({ url: platform.stack.postgres.url, actionId, targeted });
  await Promise.all([...happening, comingBack]);
  const status = await waitForEnd(platform, actionId).catch(() => 'not finished');
  const { observations, violations } = await observer.report();
  const commands = await readCommands(platform, actionId);
  const { ran, repeated } = await fleet.ledger();
  const slowest = Math.max(0, ...returns.map((at) => msToProgress(observations, at)));
  const byStatus: Record<string, number> = {};
  for (const { status } of commands) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const answered = new Set(commands.filter((one) => one.status !== 'sent').map(({ id }) => id));
  const lost = ran.filter((id) => !ranBefore.has(id) && !answered.has(id));
  const unanswered = commands.filter((one) => ['sent', 'expired', 'cancelled'].includes(one.status));
  return {
    seed: plan.seed,
    faults: plan.faults.map(({ name, atMs }) => `${(atMs / 1000).toFixed(1)} s ${name}`),
    seconds: Math.round((performance.now() - began) / 100) / 10,
    byStatus,
    snapshots: observations.length,
    slowestReturn: Math.round(slowest / 100) / 10,
    problems: [
      ...failures,
      ...violations,
      ...(status === 'completed' ? [] : [`the action is ${status}`]),
      ...(commands.length === targeted ? [] : [`${commands.length} commands instead of ${targeted}`]),
      ...(lost.length === 0 ? [] : [`${lost.length} commands were run and their answers lost`]),
      ...(unanswered.length === 0
        ? []
        : [`never answered: ${unanswered.length}, first ${unanswered.slice(0, 5).map(toText).join(', ')}`]),
      ...(repeated.length === 0 ? [] : [`${repeated.length} commands were run twice`]),
      ...(slowest <= MAX_RETURN_MS ? [] : [`no progress for ${Math.round(slowest / 1000)} s after a return`]),
    ],
  };
}

/** As a careful client does: the same request with the same key until it is answered. */
async function postUntilAccepted(platform: BenchPlatform, name: string): Promise<number> {
  const idempotencyKey = randomUUID();
  const text = await platform.sign({ name, target: `status = 'online'`, expiresInMs: END_MS });
  const posted = await waitFor(
    'the action to be accepted',
    () => platform.post(text, idempotencyKey).catch(() => undefined),
    { timeoutMs: 60_000, everyMs: 200 },
  );
  return posted.id;
}

/** How long after that time the next answer was stored; 0 when nothing waited any more. */
function msToProgress(observations: ObserverReport['observations'], at: number): number {
  const then = observations.findLast((one) => one.at <= at);
  const next = observations.find(
    (one) => one.at > at && (one.waiting === 0 || one.final > (then?.final ?? 0)),
  );
  if (next) return next.at - at;
  return observations.at(-1)?.waiting === 0 ? 0 : Number.POSITIVE_INFINITY;
}

function openObserver(order: ObserverOrder): { report: () => Promise<ObserverReport> } {
  const child = fork(join(import.meta.dirname, 'observer.ts'), { execArgv: ['--import', 'tsx'] });
  child.send(order);
  return {
    report: () =>
      new Promise((resolve, reject) => {
        child.once('message', (message) => resolve(message as ObserverReport));
        child.once('exit', () => reject(new Error('the observer ended')));
        child.send('report');
      }),
  };
}

async function waitForEnd({ db }: BenchPlatform, actionId: number): Promise<string> {
  return waitFor(
    `the end of action ${actionId}`,
    async () => {
      const { rows } = await db.query('SELECT status FROM actions WHERE id = $1', [actionId]);
      return ['completed', 'invalid', 'cancelled'].includes(rows[0]?.status) ? rows[0].status : undefined;
    },
    { timeoutMs: END_MS + 30_000, everyMs: 200 },
  );
}

async function readCommands({ db }: BenchPlatform, actionId: number): Promise<CommandFacts[]> {
  const { rows } = await db.query(
    `SELECT c.id::float8 AS id, c.status, a.name, c.publishedat IS NOT NULL AS "isPublished",
       c.returnedat IS NOT NULL AS "wasReturned"
     FROM commands c JOIN agents a ON a.id = c.agentid WHERE actionid = $1 ORDER BY c.id`,
    [actionId],
  );
  return rows;
}

interface CommandFacts {
  id: number;
  status: string;
  name: string;
  isPublished: boolean;
  wasReturned: boolean;
}

function toText({ id, status, name, isPublished, wasReturned }: CommandFacts): string {
  return `${id} of ${name} ${status}${isPublished ? ' published' : ''}${wasReturned ? ' returned' : ''}`;
}
