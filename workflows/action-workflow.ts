import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionActivities } from '../activities/create-activities.ts';
import { TASK_QUEUE_BULK, TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import { type ActionStatus, isFinalAction, noCounters, targeted } from '../contract/rules/accounting.ts';
import {
  type ActionProgress,
  type ActionStep,
  type ActionWorkflowInput,
  cancelUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  wakeSignal,
} from './messages.ts';

/** Short statements on the database: as local activities they cost no round trip to the server. */
const local = proxyLocalActivities<ActionActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Publishing takes as long as it takes; heartbeats tell that it goes on, and where. */
const dispatchOn = (taskQueue: string, summary: string) =>
  proxyActivities<ActionActivities>({
    taskQueue,
    summary,
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '10 seconds',
    retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
  });

const COMMANDS_PER_SHARD = 10_000;
const COMMANDS_OF_BULK = 1_000;
/** Agents answer a timeout of their own at expireafter; it gets this long to arrive. */
const GRACE_MS = 5_000;
/** Below Temporal's bounds by far; reached only by actions that are paused and resumed for ever. */
const MAX_HISTORY_EVENTS = 1_500;

const STATUS_KEY = defineSearchAttributeKey('MigStatus', 'KEYWORD');

interface State extends ActionProgress {
  isWoken: boolean;
  deadlineMs: number;
}

interface Ending {
  outcome: 'completed' | 'cancelled' | 'invalid';
  reason: string | null;
}

/** Carries one action from the stored row to its end. Everything it needs is read from Postgres, so it can start over. */
export async function actionWorkflow({ actionId }: ActionWorkflowInput): Promise<ActionProgress> {
  const state = initialState(actionId);
  registerHandlers(state);
  const action = await local.loadAction({ actionId });
  state.status = action.status;
  state.isPaused ||= action.isPaused;
  state.isCancelRequested ||= action.isCancelRequested;
  if (isFinalAction(action.status)) {
    state.step = 'finished';
    return progressOf(state);
  }
  state.deadlineMs = action.expireAfterMs + GRACE_MS;
  const ending = await carry(state, action.validFromMs);
  move(state, 'finishing');
  const finished = await local.finishAction({ actionId, ...ending });
  state.counters = finished.counters;
  state.reason = finished.reason;
  move(state, 'finished', finished.status);
  await condition(allHandlersFinished);
  return progressOf(state);
}

async function carry(state: State, validFromMs: number): Promise<Ending> {
  const { actionId } = state;
  // No timer where none is needed: the server's timers are a second coarse.
  const waitMs = validFromMs - Date.now();
  if (waitMs > 0) await condition(() => state.isCancelRequested, waitMs);
  if (state.isCancelRequested) return { outcome: 'cancelled', reason: null };
  if (Date.now() > state.deadlineMs - GRACE_MS && state.status !== 'inflight') {
    return { outcome: 'invalid', reason: 'the action expired before it could be sent' };
  }
  try {
    move(state, 'validating signatures', 'scheduled');
    await local.validateSignatures({ actionId });
    move(state, 'resolving target', 'preparing');
    state.counters.sent = await local.resolveTargets({ actionId });
  } catch (error) {
    return { outcome: 'invalid', reason: reasonOf(error) };
  }
  if (state.counters.sent === 0) {
    return { outcome: 'invalid', reason: 'the target matches no agent' };
  }
  move(state, 'dispatching', 'inflight');
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

function registerHandlers(state: State): void {
  const { actionId } = state;
  setHandler(wakeSignal, () => {
    state.isWoken = true;
  });
  setHandler(progressQuery, () => progressOf(state));
  setHandler(
    pauseUpdate,
    async () => {
      await local.pauseAction({ actionId, isPaused: true });
      state.isPaused = true;
      showDetails(state);
      return progressOf(state);
    },
    { validator: () => refuseIf(state.isPaused, 'the action is paused already', state) },
  );
  setHandler(
    resumeUpdate,
    async () => {
      await local.pauseAction({ actionId, isPaused: false });
      state.isPaused = false;
      showDetails(state);
      return progressOf(state);
    },
    { validator: () => refuseIf(!state.isPaused, 'the action is not paused', state) },
  );
  setHandler(
    cancelUpdate,
    async () => {
      await local.cancelAction({ actionId });
      state.isCancelRequested = true;
      return progressOf(state);
    },
    { validator: () => refuseIf(state.isCancelRequested, 'the action is being cancelled already', state) },
  );
}

function refuseIf(refused: boolean, why: string, state: State): void {
  if (isFinalAction(state.status)) {
    throw ApplicationFailure.nonRetryable(`the action is ${state.status} already`, 'conflict');
  }
  if (refused) throw ApplicationFailure.nonRetryable(why, 'conflict');
}

function move(state: State, step: ActionStep, status: ActionStatus = state.status): void {
  state.step = step;
  if (status !== state.status) {
    state.status = status;
    upsertSearchAttributes([{ key: STATUS_KEY, value: status }]);
  }
  showDetails(state);
}

function showDetails(state: State): void {
  const { sent, success, failed, timeout, expired, cancelled } = state.counters;
  const lines = [
    `**${state.step}**${state.isPaused ? ' (paused)' : ''}`,
    `targeted ${targeted(state.counters)} = waiting ${sent} + success ${success} + failed ${failed} + timeout ${timeout} + expired ${expired} + cancelled ${cancelled}`,
    ...(state.reason === null ? [] : [`reason: ${state.reason}`]),
  ];
  setCurrentDetails(lines.join('\n\n'));
}

function initialState(actionId: number): State {
  return {
    actionId,
    step: 'waiting for validfrom',
    status: 'pending',
    isPaused: false,
    isCancelRequested: false,
    targeted: 0,
    counters: noCounters(),
    reason: null,
    isWoken: false,
    deadlineMs: 0,
  };
}

function progressOf(state: State): ActionProgress {
  const { isWoken: _, deadlineMs: __, ...progress } = state;
  return { ...progress, counters: { ...state.counters }, targeted: targeted(state.counters) };
}

function timeLeft(state: State): number {
  return Math.max(1, state.deadlineMs - Date.now());
}

/** The words of a permanent refusal, which arrives wrapped; anything else is retried for ever and does not come here. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return cause.message;
  }
  throw error;
}
