import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type ErrorCode, MigError } from '../contract/errors.ts';
import { TASK_QUEUE_BULK } from '../contract/names.ts';
import type { UpgradeCounts } from '../contract/rules/upgrade-protocol.ts';
import { finishAction, loadAction, readCounters, resolveTargets, validateSignatures } from './action.ts';
import { departCommands } from './brakes/depart.ts';
import { sendCancels } from './cancels.ts';
import type { ActivityDeps, OfAction, PagingAttempt } from './deps.ts';
import { createPageLimits, type DispatchDeps, dispatchCommands } from './dispatch.ts';
import { cancelAction, pauseAction } from './steering.ts';
import { evaluateSweepAction } from './sweep/evaluate.ts';
import { finishSweepRun } from './sweep/finish.ts';
import { launchSweepRun } from './sweep/launch.ts';
import { openSweepRun, readSweepRun } from './sweep/run.ts';
import { replaceSweepRun, steerSweepActions, steerSweepRun } from './sweep/steer.ts';
import { endWaitingUpgrades, finishUpgrades, stopOverdue } from './upgrade/endings.ts';
import {
  sendChecks,
  sendKills,
  sendRemovals,
  takeCheckAnswers,
  takeKillAnswers,
  takeRemovalAnswers,
} from './upgrade/orders.ts';
import {
  completeUpgrades,
  countUpgrades,
  findDuplicates,
  findNewAgents,
  markUpgraded,
  openUpgrades,
  sendAgain,
  sendUpgrades,
  takeOldPids,
} from './upgrade/steps.ts';

/**
 * The activities of this program, by the names that workflows and recorded histories know. Only this file knows Temporal.
 * Everything else is a plain function of `deps`, an input and, for paged work, the attempt.
 */
export function createActivities(options: ActivityDeps) {
  const deps: ActivityDeps & DispatchDeps = { ...options, pageLimits: createPageLimits() };
  const asActivity =
    <I, O>(run: (deps: ActivityDeps, input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      withFailures(() => run(deps, input));
  const asUpgradeStep =
    <I extends OfAction>(run: (deps: ActivityDeps, input: I) => Promise<void>) =>
    (input: I): Promise<UpgradeCounts> =>
      withFailures(async () => {
        await run(deps, input);
        return countUpgrades(deps, input);
      });
  const asPagingActivity =
    <I, O>(run: (deps: ActivityDeps & DispatchDeps, input: I, attempt: PagingAttempt) => Promise<O>) =>
    (input: I): Promise<O> =>
      withFailures(() => withHeartbeat((attempt) => run(deps, input, attempt)));

  return {
    loadAction: asActivity(loadAction),
    validateSignatures: asActivity(validateSignatures),
    resolveTargets: asActivity(resolveTargets),
    dispatchCommands: asPagingActivity(dispatchCommands),
    departCommands: asPagingActivity(departCommands),
    awaitResults: asActivity(readCounters),
    finishAction: asActivity(finishAction),

    pauseAction: asActivity(pauseAction),
    cancelAction: asActivity(cancelAction),
    sendCancels: asPagingActivity(sendCancels),

    openSweepRun: asActivity(openSweepRun),
    launchSweepRun: asActivity(launchSweepRun),
    readSweepRun: asActivity(readSweepRun),
    evaluateSweepAction: asPagingActivity(evaluateSweepAction),
    finishSweepRun: asActivity(finishSweepRun),
    steerSweepRun: asActivity(steerSweepRun),
    steerSweepActions: asActivity(steerSweepActions),
    replaceSweepRun: asActivity(replaceSweepRun),

    openUpgrades: asActivity(openUpgrades),
    countUpgrades: asActivity(countUpgrades),
    sendUpgrades: asUpgradeStep(sendUpgrades),
    sendAgain: asUpgradeStep(sendAgain),
    takeOldPids: asUpgradeStep(takeOldPids),
    markUpgraded: asUpgradeStep(markUpgraded),
    findNewAgents: asUpgradeStep(findNewAgents),
    findDuplicates: asUpgradeStep(findDuplicates),
    sendKills: asUpgradeStep(sendKills),
    takeKillAnswers: asUpgradeStep(takeKillAnswers),
    sendChecks: asUpgradeStep(sendChecks),
    takeCheckAnswers: asUpgradeStep(takeCheckAnswers),
    sendRemovals: asUpgradeStep(sendRemovals),
    takeRemovalAnswers: asUpgradeStep(takeRemovalAnswers),
    completeUpgrades: asUpgradeStep(completeUpgrades),
    stopOverdue: asUpgradeStep(stopOverdue),
    endWaitingUpgrades: asUpgradeStep(endWaitingUpgrades),
    finishUpgrades: asActivity(finishUpgrades),
  };
}

/** What workflows may call. */
export type Activities = ReturnType<typeof createActivities>;

const TEMPORARY: ReadonlySet<ErrorCode> = new Set(['unavailable', 'overloaded', 'internal']);

/** Turns our errors into Temporal's: all but temporary ones stop the retries, with the code as their type. */
async function withFailures<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof MigError) || TEMPORARY.has(error.code)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: true,
      cause: error,
    });
  }
}

const HEARTBEAT_MS = 2_000;

/** Heartbeats the progress on a timer: publishing one page may outlast the heartbeat timeout. */
async function withHeartbeat<T>(run: (attempt: PagingAttempt) => Promise<T>): Promise<T> {
  const context = Context.current();
  const progress = { after: (context.info.heartbeatDetails as number | undefined) ?? 0 };
  const urgency = context.info.taskQueue === TASK_QUEUE_BULK ? 'bulk' : 'interactive';
  const timer = setInterval(() => context.heartbeat(progress.after), HEARTBEAT_MS);
  try {
    return await run({ urgency, progress, signal: context.cancellationSignal });
  } finally {
    clearInterval(timer);
  }
}
