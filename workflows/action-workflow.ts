import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  patched,
  proxyActivities,
} from '@temporalio/workflow';
import type { Activities } from '../activities/register.ts';
import { TASK_QUEUE_BULK, TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import { targeted } from '../contract/rules/accounting.ts';
import { ActionRun, type Ending } from './action-run.ts';
import type { ActionProgress, ActionWorkflowInput } from './messages.ts';

const COMMANDS_PER_SHARD = 10_000;
/** Actions with more commands are dispatched on the bulk queue. */
const MAX_INTERACTIVE_COMMANDS = 1_000;

/**
 * Runs one action from the stored row to its end. Everything it needs is read from Postgres, so it can start over.
 *
 * Commands of an action with brakes leave in another way: `departCommands` lets those go that may go now, and says how long
 * nothing may. The workflow sleeps that long, or until it is woken: by an answer, an order, other brakes, or an agent that can
 * be reached again. Whether an action has brakes is read from Postgres, so that older histories take the way they took.
 */
export async function actionWorkflow({ actionId }: ActionWorkflowInput): Promise<ActionProgress> {
  const run = new ActionRun(actionId);
  const action = await run.load();
  if (!action) return run.progress();
  // Brakes may last for days, over many runs: what is in flight was verified when it was prepared.
  const isInFlight = run.isBraked && run.status === 'inflight';
  const early = isInFlight ? undefined : await run.prepare(action.validFromMs);
  const ending = early ?? (await investigate(run));
  const progress = await run.finish(ending);
  if (progress.status === 'cancelled' && patched('cancel reaches agents')) await stopAgents(run);
  await condition(allHandlersFinished);
  return progress;
}

async function investigate(run: ActionRun): Promise<Ending> {
  let isOver = false;
  while (!isOver) isOver = run.isBraked ? await departAndAwait(run) : await dispatchAndAwait(run);
  return { outcome: run.isCancelRequested ? 'cancelled' : 'completed', reason: null };
}

/** False when the action was given brakes meanwhile. */
async function dispatchAndAwait(run: ActionRun): Promise<boolean> {
  await dispatch(run);
  if (run.isBraked) return false;
  run.enterStep('awaiting results');
  return awaitResults(run);
}

/** Publishes the commands, 10,000 per activity; a pause stops each shard after the page in progress. */
async function dispatch(run: ActionRun): Promise<void> {
  const { actionId } = run;
  const count = targeted(run.counters);
  const shards = Math.ceil(count / COMMANDS_PER_SHARD);
  const { dispatchCommands } = publishingOn(queueFor(count), {
    summary: `${count} commands in ${shards} shard(s)`,
  });
  const dispatchShard = async (shard: number) => {
    for (;;) {
      await condition(() => !run.isPaused || run.isCancelRequested, run.timeLeftMs());
      if (run.isCancelRequested || run.hasExpired()) return;
      const { isComplete, isBraked = false } = await dispatchCommands({ actionId, shard, shards });
      run.isBraked ||= isBraked;
      if (isComplete || isBraked) return;
    }
  };
  await Promise.all(Array.from({ length: shards }, (_, shard) => dispatchShard(shard)));
}

/** Counts, shows, and sleeps until woken; each round reads the truth from Postgres. False: the action has brakes now. */
async function awaitResults(run: ActionRun): Promise<boolean> {
  while (!run.isBraked) {
    run.clearWake();
    await run.readCounters();
    run.showDetails();
    if (run.counters.sent === 0 || run.isCancelRequested || run.hasExpired()) return true;
    await run.waitForWake(() => run.isCancelRequested, run.timeLeftMs());
    if (await run.mustContinueAsNew()) await continueAsNew<typeof actionWorkflow>({ actionId: run.actionId });
  }
  return false;
}

/** Lets commands go as the brakes allow, and waits for their answers. False: the action has no brakes. */
async function departAndAwait(run: ActionRun): Promise<boolean> {
  const { actionId } = run;
  run.enterStep('dispatching');
  while (!run.isCancelRequested && !run.hasExpired()) {
    run.clearWake();
    const { orders } = run;
    await run.readCounters();
    if (run.counters.sent === 0) break;
    const { departCommands } = publishingOn(queueFor(targeted(run.counters)), {
      summary: 'as the brakes allow',
    });
    const standing = await departCommands({ actionId });
    run.isBraked = standing !== null;
    if (standing === null) return false;
    // An order that came meanwhile is newer than what was read.
    if (run.orders !== orders) continue;
    run.isPaused = standing.isPaused;
    run.details = standing.state === null ? [] : [standing.state];
    await run.readCounters();
    run.enterStep(standing.isDone ? 'awaiting results' : 'dispatching');
    if (run.counters.sent === 0) break;
    const waitMs = Math.min(run.timeLeftMs(), standing.waitMs ?? Number.POSITIVE_INFINITY);
    await run.waitForWake(() => run.orders !== orders, waitMs);
    if (await run.mustContinueAsNew()) await continueAsNew<typeof actionWorkflow>({ actionId });
  }
  run.details = [];
  return true;
}

/** Published commands may be running: their agents get a cancel. An agent that is away gets it at its next heartbeat. */
async function stopAgents(run: ActionRun): Promise<void> {
  const { actionId } = run;
  const { cancelled } = run.counters;
  if (cancelled === 0) return;
  const { sendCancels } = publishingOn(queueFor(cancelled), {
    summary: `${cancelled} cancelled commands`,
    scheduleToCloseTimeout: run.timeLeftMs(),
  });
  try {
    await sendCancels({ actionId });
  } catch (error) {
    log.warn('the cancel did not reach all agents in time', { actionId, error: String(error) });
  }
}

function queueFor(commands: number): string {
  return commands > MAX_INTERACTIVE_COMMANDS ? TASK_QUEUE_BULK : TASK_QUEUE_INTERACTIVE;
}

/** Activities that publish: as long as their heartbeats arrive, they may take all the time that the relay needs. */
function publishingOn(
  taskQueue: string,
  options: { summary: string; scheduleToCloseTimeout?: number },
): Pick<Activities, 'departCommands' | 'dispatchCommands' | 'sendCancels'> {
  return proxyActivities<Activities>({
    taskQueue,
    ...options,
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  });
}
