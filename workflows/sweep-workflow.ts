import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/register.ts';
import { TASK_QUEUE_BULK } from '../contract/names.ts';
import { local } from './action-run.ts';
import type { SweepProgress, SweepWorkflowInput } from './messages.ts';
import { SweepRun } from './sweep-run.ts';

/** Ends of actions and signatures wake the workflow. It also polls, in case a signal is lost. */
const POLL_MS = 30_000;
/** A run that is still unsigned this long before its deadline is given up. */
const LAST_START_MS = 10_000;

/** Reads answers into items: as long as its heartbeats arrive, it may take all the time that the database needs. */
const { evaluateSweepAction } = proxyActivities<Activities>({
  taskQueue: TASK_QUEUE_BULK,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/**
 * One run of a sweep: waits until it is signed, launches its actions, and turns their answers into items. A schedule
 * starts it for a planned time, or the API for a run that an investigator asked for. The truth is in Postgres.
 */
export async function sweepWorkflow(input: SweepWorkflowInput): Promise<SweepProgress> {
  const run = new SweepRun(input.sweepId);
  if (await run.open(input)) return run.progress();
  try {
    await runToEnd(run);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // The schedule cancels a run in whose place the next one begins.
    await CancellationScope.nonCancellable(() => replace(run));
  }
  await condition(allHandlersFinished);
  return run.progress();
}

async function runToEnd(run: SweepRun): Promise<void> {
  await run.waitForBeginning();
  const refusal = await awaitSignature(run);
  if (refusal === null) await collect(run);
  await run.finish(refusal);
}

/** Returns why the run cannot be launched; null when it was launched or cancelled, or nobody signed it in time. */
async function awaitSignature(run: SweepRun): Promise<string | null> {
  while (!run.isCancelRequested) {
    run.clearWake();
    if (!run.isPaused) {
      const { isLaunched, refusal } = await local.launchSweepRun({ runId: run.runId });
      if (isLaunched) await steerLaunched(run);
      if (isLaunched || refusal !== null) return refusal;
    }
    run.enterStep('awaiting signature');
    const leftMs = run.timeLeftMs() - LAST_START_MS;
    if (leftMs <= 0) return run.isPaused ? 'the run was paused until its time was over' : null;
    await run.waitForWake(Math.min(leftMs, POLL_MS));
    await continueIfLong(run);
  }
  return null;
}

/** An order that arrived while the actions were being stored has found none of them. */
async function steerLaunched(run: SweepRun): Promise<void> {
  if (run.isCancelRequested) await run.steerActions('cancel');
  else if (run.isPaused) await run.steerActions('pause');
}

/** Evaluates each action as it ends, until all have ended. */
async function collect(run: SweepRun): Promise<void> {
  const evaluated = new Set<number>();
  run.enterStep('awaiting results');
  while (true) {
    run.clearWake();
    const { open, ended } = await local.readSweepRun({ runId: run.runId });
    for (const actionId of ended) {
      if (evaluated.has(actionId)) continue;
      await evaluateSweepAction({ runId: run.runId, actionId });
      evaluated.add(actionId);
    }
    run.show({ open: open.length, ended: ended.length });
    if (open.length === 0) return;
    await run.waitForWake(POLL_MS);
    await continueIfLong(run);
  }
}

async function continueIfLong(run: SweepRun): Promise<void> {
  if (await run.mustContinueAsNew()) {
    await continueAsNew<typeof sweepWorkflow>({ sweepId: run.sweepId, runId: run.runId });
  }
}

async function replace(run: SweepRun): Promise<void> {
  log.info('sweep run replaced', { runId: run.runId, workflowId: workflowInfo().workflowId });
  await local.replaceSweepRun({ runId: run.runId });
  await run.steerActions('cancel');
  run.isCancelRequested = true;
  await collect(run);
  await run.finish(null);
}
