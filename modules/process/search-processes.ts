import { type RunClock, TimeIsOverError } from '../../platform/async/run-clock.ts';
import { readBootMs } from '../../platform/machine/list-processes.ts';
import { listPids } from '../../platform/machine/proc-files.ts';
import { readProcessStat } from '../../platform/machine/proc-stat.ts';
import { readUsers, USERS_FILE, userNames } from '../../platform/machine/users.ts';
import { addHit, passedChecks } from '../search-plan.ts';
import { ExecutableHashes } from './executable-hash.ts';
import { type FactsContext, ProcessFacts } from './facts.ts';
import { OpenSockets } from './open-sockets.ts';
import type { CheckContext, Plan } from './plan.ts';
import type { Tally } from './tally.ts';

export interface ProcessSearch {
  plans: readonly Plan[];
  tally: Tally;
  clock: RunClock;
}

/** Evaluates all processes for all searches, until the time is over. */
export async function searchProcesses({ plans, tally, clock }: ProcessSearch): Promise<void> {
  const sockets = new OpenSockets(
    plans.flatMap(({ checks }) => checks.flatMap(({ socket }) => socket ?? [])),
  );
  const { users, unreadCode } = readUsers();
  if (unreadCode !== undefined)
    tally.limits.push(`users have no names: ${USERS_FILE} was not read (${unreadCode})`);
  const context: CheckContext = { nowMs: Date.now(), hashes: new ExecutableHashes(clock), sockets };
  const factsContext: FactsContext = {
    bootMs: readBootMs(),
    userNames: userNames(users),
    fileTests: plans.flatMap(({ checks }) => checks.flatMap(({ file }) => file ?? [])),
    onUnread: tally.addUnread,
  };
  const pids = listPids();
  for (const [index, pid] of pids.entries()) {
    if (clock.isOver() || !evaluate(pid, { plans, tally, context, factsContext })) {
      tally.limits.push(
        `${clock.ended()}, at process ${pid}: ${pids.length - index} processes were not searched`,
      );
      break;
    }
    await clock.pause();
  }
  const { tooLarge } = context.hashes;
  if (tooLarge > 0) tally.limits.push(`${tooLarge} executables of over 2 GB were not hashed`);
  if (sockets.isFull) tally.limits.push('there are too many open sockets: some were not compared');
}

interface Evaluation {
  plans: readonly Plan[];
  tally: Tally;
  context: CheckContext;
  factsContext: FactsContext;
}

/** Returns false when the time was over within the process. */
function evaluate(pid: number, { plans, tally, context, factsContext }: Evaluation): boolean {
  const stat = readProcessStat(pid);
  if (!stat) return true;
  tally.processCount++;
  const facts = new ProcessFacts(pid, stat, factsContext);
  try {
    for (const plan of plans) evaluatePlan(plan, facts, context);
    return true;
  } catch (error) {
    if (error instanceof TimeIsOverError) return false;
    throw error;
  }
}

function evaluatePlan(plan: Plan, facts: ProcessFacts, context: CheckContext): void {
  const checks = passedChecks(plan, (check) => check.test(facts, context));
  // What was read may belong to another process that has got the pid since.
  if (checks.length > 0 && facts.isCurrent) addHit(plan, { facts, checks });
}
