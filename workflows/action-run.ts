import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/register.ts';
import type { SteeringOrder } from '../activities/steering.ts';
import { isFinalAction, noCounters, targeted } from '../contract/rules/accounting.ts';
import type { ActionStatus } from '../contract/statuses.ts';
import {
  type ActionProgress,
  type ActionStep,
  brakesSignal,
  cancelUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  wakeSignal,
} from './messages.ts';
import { originOf } from './update-origin.ts';

/** Short statements on the database: as local activities they cost no round trip to the server. */
export const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Agents answer `timeout` at expireafter; their answers get this long to arrive. */
const GRACE_MS = 5_000;
/** Far below Temporal's bounds; reached only by actions that are paused again and again, and by large upgrades. */
const MAX_HISTORY_EVENTS = 1_500;

const STATUS_KEY = defineSearchAttributeKey('MigStatus', 'KEYWORD');

/** How an action ends. */
export interface Ending {
  outcome: 'completed' | 'cancelled' | 'invalid';
  reason: string | null;
}

/**
 * The state, message handlers and common steps of both action workflows. Postgres has the truth; this is what operators
 * see in Temporal.
 */
export class ActionRun {
  readonly actionId: number;
  status: ActionStatus = 'pending';
  counters = noCounters();
  isPaused = false;
  /** Its commands leave only as its brakes allow. */
  isBraked = false;
  /** Counts the orders that were obeyed: what was read before the last one is out of date. */
  orders = 0;
  isCancelRequested = false;
  /** Further lines for people who look at the workflow in Temporal's UI. */
  details: string[] = [];
  #step: ActionStep = 'waiting for validfrom';
  #reason: string | null = null;
  #isWoken = false;
  #deadlineMs = 0;

  constructor(actionId: number) {
    this.actionId = actionId;
    setHandler(wakeSignal, () => {
      this.#isWoken = true;
    });
    setHandler(brakesSignal, () => {
      this.isBraked = true;
      this.#isWoken = true;
    });
    setHandler(progressQuery, () => this.progress());
    setHandler(pauseUpdate, (...args: unknown[]) => this.#setPaused(true, args), {
      validator: () => this.#refuseIf(this.isPaused, 'the action is paused already'),
    });
    setHandler(resumeUpdate, (...args: unknown[]) => this.#setPaused(false, args), {
      // Brakes may have stopped the action a moment ago, which only Postgres knows yet.
      validator: () => this.#refuseIf(!this.isPaused && !this.isBraked, 'the action is not paused'),
    });
    setHandler(cancelUpdate, (...args: unknown[]) => this.#cancel(args), {
      validator: () => this.#refuseIf(this.isCancelRequested, 'the action is being cancelled already'),
    });
  }

  /** Reads the action and the decisions that an earlier run left; undefined when the action is final. */
  async load(): Promise<{ validFromMs: number } | undefined> {
    const action = await local.loadAction({ actionId: this.actionId });
    this.status = action.status;
    this.isPaused ||= action.isPaused;
    this.isBraked ||= action.isBraked === true;
    this.isCancelRequested ||= action.isCancelRequested;
    this.#deadlineMs = action.expireAfterMs + GRACE_MS;
    if (!isFinalAction(action.status)) return action;
    this.#step = 'finished';
    return undefined;
  }

  /** Waits for validfrom, verifies the signatures, stores the commands. Returns the ending of an action that stops here. */
  async prepare(validFromMs: number): Promise<Ending | undefined> {
    const { actionId } = this;
    // No timer once validfrom has passed: the server's timers are accurate to a second.
    const waitMs = validFromMs - Date.now();
    if (waitMs > 0) await condition(() => this.isCancelRequested, waitMs);
    if (this.isCancelRequested) return { outcome: 'cancelled', reason: null };
    if (Date.now() > this.#deadlineMs - GRACE_MS && this.status !== 'inflight') {
      return { outcome: 'invalid', reason: 'the action expired before it could be sent' };
    }
    try {
      this.enterStep('validating signatures', 'scheduled');
      await local.validateSignatures({ actionId });
      this.enterStep('resolving target', 'preparing');
      this.counters.sent = await local.resolveTargets({ actionId });
    } catch (error) {
      return { outcome: 'invalid', reason: reasonOf(error) };
    }
    if (this.counters.sent === 0) {
      return { outcome: 'invalid', reason: 'the target matches no agent' };
    }
    this.enterStep('dispatching', 'inflight');
    return undefined;
  }

  enterStep(step: ActionStep, status: ActionStatus = this.status): void {
    this.#step = step;
    if (status !== this.status) {
      this.status = status;
      upsertSearchAttributes([{ key: STATUS_KEY, value: status }]);
    }
    this.showDetails();
  }

  /** Counts the commands by status, in Postgres. */
  async readCounters(): Promise<void> {
    // The activity keeps the name that recorded histories know it by.
    this.counters = await local.awaitResults({ actionId: this.actionId });
  }

  /** Clears the wake flag. Read Postgres after this, never before, or a change is missed. */
  clearWake(): void {
    this.#isWoken = false;
  }

  /** Waits for a signal, for `also`, or for the timeout; false when the time ran out first. */
  waitForWake(also: () => boolean, timeoutMs: number): Promise<boolean> {
    return condition(() => this.#isWoken || also(), timeoutMs);
  }

  /** Ends the waiting commands and the action. */
  async finish(ending: Ending): Promise<ActionProgress> {
    this.enterStep('finishing');
    const finished = await local.finishAction({ actionId: this.actionId, ...ending });
    this.counters = finished.counters;
    this.#reason = finished.reason;
    this.enterStep('finished', finished.status);
    return this.progress();
  }

  progress(): ActionProgress {
    return {
      actionId: this.actionId,
      step: this.#step,
      status: this.status,
      isPaused: this.isPaused,
      isCancelRequested: this.isCancelRequested,
      targeted: targeted(this.counters),
      counters: { ...this.counters },
      reason: this.#reason,
    };
  }

  /** Milliseconds until the action has to end, at least 1. */
  timeLeftMs(): number {
    return Math.max(1, this.#deadlineMs - Date.now());
  }

  hasExpired(): boolean {
    return this.timeLeftMs() <= 1;
  }

  /** Whether the history is long enough for a new run. Resolves when no Update is being handled any more. */
  async mustContinueAsNew(): Promise<boolean> {
    if (workflowInfo().historyLength <= MAX_HISTORY_EVENTS) return false;
    await condition(allHandlersFinished);
    return true;
  }

  showDetails(): void {
    const { sent, success, failed, timeout, expired, cancelled } = this.counters;
    const lines = [
      `**${this.#step}**${this.isPaused ? ' (paused)' : ''}`,
      `targeted ${targeted(this.counters)} = waiting ${sent} + success ${success} + failed ${failed} + timeout ${timeout} + expired ${expired} + cancelled ${cancelled}`,
      ...this.details,
    ];
    if (this.#reason !== null) lines.push(`reason: ${this.#reason}`);
    setCurrentDetails(lines.join('\n\n'));
  }

  async #setPaused(isPaused: boolean, args: readonly unknown[]): Promise<ActionProgress> {
    await local.pauseAction({ actionId: this.actionId, isPaused, order: orderOf(args) });
    this.isPaused = isPaused;
    this.orders++;
    this.showDetails();
    return this.progress();
  }

  async #cancel(args: readonly unknown[]): Promise<ActionProgress> {
    await local.cancelAction({ actionId: this.actionId, order: orderOf(args) });
    this.isCancelRequested = true;
    this.orders++;
    return this.progress();
  }

  #refuseIf(isRefused: boolean, reason: string): void {
    if (isFinalAction(this.status)) {
      throw ApplicationFailure.nonRetryable(`the action is ${this.status} already`, 'conflict');
    }
    if (isRefused) throw ApplicationFailure.nonRetryable(reason, 'conflict');
  }
}

/** What the audit trail keeps of an Update; an Update's id is unique in its run alone. */
export function orderOf(args: readonly unknown[]): SteeringOrder {
  const { id, identity } = originOf(args);
  return { updateId: id, identity, runId: workflowInfo().runId };
}

/** The message of a permanent failure, unwrapped from its causes. Other errors are rethrown, and the task is retried. */
export function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure) return cause.message;
  }
  throw error;
}
