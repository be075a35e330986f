import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  condition,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SteeringOrder } from '../activities/action.ts';
import type { ActionActivities } from '../activities/register.ts';
import { isFinalAction, noCounters, targeted } from '../contract/rules/accounting.ts';
import type { ActionStatus } from '../contract/statuses.ts';
import {
  type ActionProgress,
  type ActionStep,
  cancelUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  wakeSignal,
} from './messages.ts';
import { originOf } from './update-origin.ts';

/** Short statements on the database: as local activities they cost no round trip to the server. */
export const local = proxyLocalActivities<ActionActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Agents answer a timeout of their own at expireafter; it gets this long to arrive. */
const GRACE_MS = 5_000;
/** Below Temporal's bounds by far; reached only by actions that are paused and resumed for ever, and by large upgrades. */
export const MAX_HISTORY_EVENTS = 1_500;

const STATUS_KEY = defineSearchAttributeKey('MigStatus', 'KEYWORD');

/** What a workflow that carries an action knows of it. */
export interface State extends ActionProgress {
  isWoken: boolean;
  deadlineMs: number;
  /** More lines for people who watch. */
  details: string[];
}

export interface Ending {
  outcome: 'completed' | 'cancelled' | 'invalid';
  reason: string | null;
}

/** Reads the row and takes over what was decided before; false when the action is final already. */
export async function begin(state: State): Promise<{ validFromMs: number } | undefined> {
  const action = await local.loadAction({ actionId: state.actionId });
  state.status = action.status;
  state.isPaused ||= action.isPaused;
  state.isCancelRequested ||= action.isCancelRequested;
  state.deadlineMs = action.expireAfterMs + GRACE_MS;
  if (!isFinalAction(action.status)) return action;
  state.step = 'finished';
  return undefined;
}

/** Up to the commands in the database: waits, verifies, resolves. How it ended when that is where it ends. */
export async function prepare(state: State, validFromMs: number): Promise<Ending | undefined> {
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
  return undefined;
}

/** Ends what still waits and the action with it. */
export async function finish(state: State, ending: Ending): Promise<ActionProgress> {
  move(state, 'finishing');
  const finished = await local.finishAction({ actionId: state.actionId, ...ending });
  state.counters = finished.counters;
  state.reason = finished.reason;
  move(state, 'finished', finished.status);
  return progressOf(state);
}

export function registerHandlers(state: State): void {
  const { actionId } = state;
  setHandler(wakeSignal, () => {
    state.isWoken = true;
  });
  setHandler(progressQuery, () => progressOf(state));
  setHandler(
    pauseUpdate,
    async (...args: unknown[]) => {
      await local.pauseAction({ actionId, isPaused: true, order: orderOf(args) });
      state.isPaused = true;
      showDetails(state);
      return progressOf(state);
    },
    { validator: () => refuseIf(state.isPaused, 'the action is paused already', state) },
  );
  setHandler(
    resumeUpdate,
    async (...args: unknown[]) => {
      await local.pauseAction({ actionId, isPaused: false, order: orderOf(args) });
      state.isPaused = false;
      showDetails(state);
      return progressOf(state);
    },
    { validator: () => refuseIf(!state.isPaused, 'the action is not paused', state) },
  );
  setHandler(
    cancelUpdate,
    async (...args: unknown[]) => {
      await local.cancelAction({ actionId, order: orderOf(args) });
      state.isCancelRequested = true;
      return progressOf(state);
    },
    { validator: () => refuseIf(state.isCancelRequested, 'the action is being cancelled already', state) },
  );
}

/** What the audit trail keeps of an Update; its id is of this run alone. */
function orderOf(args: readonly unknown[]): SteeringOrder {
  const { id, identity } = originOf(args);
  return { updateId: id, identity, runId: workflowInfo().runId };
}

function refuseIf(refused: boolean, why: string, state: State): void {
  if (isFinalAction(state.status)) {
    throw ApplicationFailure.nonRetryable(`the action is ${state.status} already`, 'conflict');
  }
  if (refused) throw ApplicationFailure.nonRetryable(why, 'conflict');
}

export function move(state: State, step: ActionStep, status: ActionStatus = state.status): void {
  state.step = step;
  if (status !== state.status) {
    state.status = status;
    upsertSearchAttributes([{ key: STATUS_KEY, value: status }]);
  }
  showDetails(state);
}

export function showDetails(state: State): void {
  const { sent, success, failed, timeout, expired, cancelled } = state.counters;
  const lines = [
    `**${state.step}**${state.isPaused ? ' (paused)' : ''}`,
    `targeted ${targeted(state.counters)} = waiting ${sent} + success ${success} + failed ${failed} + timeout ${timeout} + expired ${expired} + cancelled ${cancelled}`,
    ...state.details,
    ...(state.reason === null ? [] : [`reason: ${state.reason}`]),
  ];
  setCurrentDetails(lines.join('\n\n'));
}

export function initialState(actionId: number): State {
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
    details: [],
  };
}

export function progressOf(state: State): ActionProgress {
  const { isWoken: _, deadlineMs: __, details: ___, ...progress } = state;
  return { ...progress, counters: { ...state.counters }, targeted: targeted(state.counters) };
}

export function timeLeft(state: State): number {
  return Math.max(1, state.deadlineMs - Date.now());
}

/** The words of a permanent refusal, which arrives wrapped; anything else is retried for ever and does not come here. */
export function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return cause.message;
  }
  throw error;
}
