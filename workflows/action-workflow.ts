import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  patched,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionActivities } from '../activities/register.ts';
import { TASK_QUEUE_BULK, TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import { targeted } from '../contract/rules/accounting.ts';
import {
  begin,
  type Ending,
  finish,
  initialState,
  local,
  MAX_HISTORY_EVENTS,
  move,
  prepare,
  progressOf,
  registerHandlers,
  type State,
  showDetails,
  timeLeft,
} from './action-state.ts';
import type { ActionProgress, ActionWorkflowInput } from './messages.ts';

/** Publishing takes as long as it takes; heartbeats tell that it goes on, and where. */
const dispatchOn = (taskQueue: string, summary: string, scheduleToCloseTimeout?: number) =>
  proxyActivities<ActionActivities>({
    taskQueue,
    summary,
    ...(scheduleToCloseTimeout === undefined ? {} : { scheduleToCloseTimeout }),
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  });

const COMMANDS_PER_SHARD = 10_000;
const COMMANDS_OF_BULK = 1_000;

/** Carries one action from the stored row to its end. Everything it needs is read from Postgres, so it can start over. */
export async function actionWorkflow({ actionId }: ActionWorkflowInput): Promise<ActionProgress> {
  const state = initialState(actionId);
  registerHandlers(state);
  const action = await begin(state);
  if (!action) return progressOf(state);
  const progress = await finish(state, await carry(state, action.validFromMs));
  if (progress.status === 'cancelled' && patched('cancel reaches agents')) await stopAgents(state);
  await condition(allHandlersFinished);
  return progress;
}

/** What is published already may run: its agents are told. Whoever is away is told at its next heartbeat. */
async function stopAgents(state: State): Promise<void> {
  const { actionId, counters } = state;
  if (counters.cancelled === 0) return;
  const queue = counters.cancelled > COMMANDS_OF_BULK ? TASK_QUEUE_BULK : TASK_QUEUE_INTERACTIVE;
  const { sendCancels } = dispatchOn(queue, `${counters.cancelled} cancelled commands`, timeLeft(state));
  try {
    await sendCancels({ actionId });
  } catch (error) {
    log.warn('agents not told of the cancel in time', { actionId, error: String(error) });
  }
}

async function carry(state: State, validFromMs: number): Promise<Ending> {
  const early = await prepare(state, validFromMs);
  if (early) return early;
  await dispatch(state);
  move(state, 'awaiting results');
  await awaitResults(state);
  return { outcome: state.isCancelRequested ? 'cancelled' : 'completed', reason: null };
}

async function dispatch(state: State): Promise<void> {
  const count = targeted(state.counters);
  const shards = Math.ceil(count / COMMANDS_PER_SHARD);
  const queue = count > COMMANDS_OF_BULK ? TASK_QUEUE_BULK : TASK_QUEUE_INTERACTIVE;
  const { dispatchCommands } = dispatchOn(queue, `${count} commands in ${shards} shard(s)`);
  await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      for (;;) {
        await condition(() => !state.isPaused || state.isCancelRequested, timeLeft(state));
        if (state.isCancelRequested || timeLeft(state) <= 1) return;
        const { isComplete } = await dispatchCommands({ actionId: state.actionId, shard, shards });
        if (isComplete) return;
      }
    }),
  );
}

/** Counts, shows, and sleeps until woken; each round reads the truth from Postgres. */
async function awaitResults(state: State): Promise<void> {
  for (;;) {
    state.isWoken = false;
    state.counters = await local.awaitResults({ actionId: state.actionId });
    showDetails(state);
    if (state.counters.sent === 0 || state.isCancelRequested || timeLeft(state) <= 1) return;
    await condition(() => state.isWoken || state.isCancelRequested, timeLeft(state));
    if (workflowInfo().historyLength > MAX_HISTORY_EVENTS) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof actionWorkflow>({ actionId: state.actionId });
    }
  }
}
