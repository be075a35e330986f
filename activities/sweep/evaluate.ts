import { MigError } from '../../contract/errors.ts';
import type { SweepCheck } from '../../contract/sweep/document.ts';
import { evaluatePart, readResults } from '../../contract/sweep/evaluate.ts';
import type { PlanPart } from '../../contract/sweep/plan.ts';
import { type Judgement, toReason } from '../../contract/sweep/reason.ts';
import {
  type AnswerRow,
  answersPage,
  type EndpointVerdicts,
  storeVerdicts,
} from '../../platform/postgres/queries/sweeps/items.ts';
import { actionsOfRun } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import type { ActivityDeps, PagingAttempt } from '../deps.ts';
import { type LaunchedPlan, loadLaunchedPlan, type OfRun, requireRun } from './load.ts';

/** Answers in memory at the same time: each may have 4 MB. Evaluating them blocks the process. */
const READ_AT_ONCE = 10;
/** Endpoints whose verdicts are stored in one statement; fewer while sweeps yield to other actions. */
const STORED_AT_ONCE = 100;

/**
 * Turns the answers to one action of a run into items. A statement stores those of some endpoints, and repeating it changes
 * nothing. While it runs in the database, the answers of the next endpoints are evaluated here.
 */
export async function evaluateSweepAction(
  { pool, sweepLimiter }: Pick<ActivityDeps, 'pool' | 'sweepLimiter'>,
  { runId, actionId }: OfRun & { actionId: number },
  { progress, signal }: PagingAttempt,
): Promise<void> {
  const run = await requireRun(pool, runId);
  const action = (await actionsOfRun(pool, runId)).find(({ actionid }) => actionid === actionId);
  if (action === undefined) return;
  const plan = await loadLaunchedPlan(pool, run);
  // The run ends with this reason.
  if (plan instanceof MigError) return;
  const asked = askedBy(action.part, plan);
  if (asked.checks.length === 0) return;
  const store = (endpoints: EndpointVerdicts[]) =>
    storeVerdicts(pool, {
      sweepid: run.sweepid,
      runid: runId,
      checks: asked.checks.map(({ id }) => id),
      isWhole: run.checks === null,
      endpoints,
    });
  const evaluate = (answer: AnswerRow) => endpointVerdicts(asked, answer);
  let storing = Promise.resolve();
  let { after } = progress;
  while (true) {
    const most = await sweepLimiter(STORED_AT_ONCE);
    signal.throwIfAborted();
    const evaluated = await evaluateNext(pool, { actionId, after, most, evaluate });
    await storing;
    if (evaluated === undefined) return;
    const { last, endpoints } = evaluated;
    after = last;
    storing = store(endpoints).then(() => {
      progress.after = last;
    });
    storing.catch(() => {}); // thrown by the await above, after the next answers were read
  }
}

/** What one action of a run decides. */
interface Asked {
  /** undefined when this version plans other operations for it: then its answers cannot be read. */
  part: PlanPart | undefined;
  /** Checks that cannot be decided. */
  lost: ReadonlySet<string>;
  /** All of the checks, in the order of their letters. */
  checks: readonly SweepCheck[];
}

const LOST: Judgement = {
  verdict: 'unknown',
  reason: 'another version of the software planned what was signed',
};

function askedBy(index: number, { checks, parts, lost }: LaunchedPlan): Asked {
  const part = parts.get(index);
  // Checks that could not be translated travel in no action.
  const untranslated = index === 0 ? checks.filter((check) => isUntranslated(check.action)) : [];
  const lostHere = index === 0 || part === undefined ? lost : [];
  const decided = part?.checks.map(({ check }) => check) ?? [];
  return {
    part,
    lost: new Set(lostHere.map(({ id }) => id)),
    checks: [...decided, ...untranslated, ...lostHere],
  };
}

/** Evaluates at most `most` endpoints of an action, a few answers at a time; undefined when there are none. */
async function evaluateNext(
  pool: ActivityDeps['pool'],
  {
    actionId,
    after,
    most,
    evaluate,
  }: { actionId: number; after: number; most: number; evaluate: (answer: AnswerRow) => EndpointVerdicts },
): Promise<{ last: number; endpoints: EndpointVerdicts[] } | undefined> {
  const endpoints: EndpointVerdicts[] = [];
  let last = after;
  while (endpoints.length < most) {
    const limit = Math.min(READ_AT_ONCE, most - endpoints.length);
    const page = await answersPage(pool, { actionid: actionId, after: last, limit });
    for (const answer of page) {
      endpoints.push(evaluate(answer));
      last = answer.id;
    }
    if (page.length < limit) break;
  }
  return endpoints.length === 0 ? undefined : { last, endpoints };
}

function isUntranslated({ operations }: { operations: readonly unknown[] }): boolean {
  return operations.length === 0;
}

function endpointVerdicts({ part, lost, checks }: Asked, answer: AnswerRow): EndpointVerdicts {
  const silence = whySilent(answer);
  const judged =
    silence === null && part !== undefined ? evaluatePart(part, readResults(answer.results)) : undefined;
  const judgements = checks.map(({ id, notchecked }): Judgement => {
    if (silence === null && lost.has(id)) return LOST;
    const reason = notchecked === undefined ? silence : toReason(notchecked);
    return judged?.get(id) ?? { verdict: 'notchecked', reason };
  });
  return {
    queueloc: answer.queueloc,
    agent: answer.agent,
    isAnswered: silence === null,
    judgements,
  };
}

/** Why an endpoint gave no answer; null when it gave one. What a failed command left out is an error of its checks. */
function whySilent({ status, isPublished, agentStatus, heartbeattime }: AnswerRow): string | null {
  if (status === 'success' || status === 'failed' || status === 'timeout') return null;
  if (status === 'cancelled') return 'the run was cancelled before it answered';
  if (agentStatus === 'offline') return `did not answer: offline since ${heartbeattime}`;
  return isPublished ? 'did not answer in time' : 'did not answer: the command could not be delivered';
}
