import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/register.ts';
import type { EndedRun } from '../activities/sweep/finish.ts';
import { TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import { local, orderOf } from './action-run.ts';
import {
  cancelRunUpdate,
  pauseRunUpdate,
  resumeRunUpdate,
  type SweepProgress,
  type SweepStep,
  type SweepWorkflowInput,
  sweepQuery,
  wakeSignal,
} from './messages.ts';

const MAX_HISTORY_EVENTS = 1_500;

const STATUS_KEY = defineSearchAttributeKey('MigStatus', 'KEYWORD');
/** Set by Temporal on what a schedule starts. */
const PLANNED_KEY = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** Sends Updates to the workflows of actions, which may be unavailable for a moment. */
const { steerSweepActions } = proxyActivities<Activities>({
  taskQueue: TASK_QUEUE_INTERACTIVE,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** The state and message handlers of one run of a sweep. Postgres has the truth; this is what operators see in Temporal. */
export class SweepRun {
  readonly sweepId: number;
  runId = 0;
  isPaused = false;
  isCancelRequested = false;
  #name = '';
  #step: SweepStep = 'opening';
  #actions = { open: 0, ended: 0 };
  #ending: EndedRun | null = null;
  #isWoken = false;
  #isOpen = false;
  #beginsAtMs = 0;
  #deadlineMs = 0;

  constructor(sweepId: number) {
    this.sweepId = sweepId;
    setHandler(wakeSignal, () => {
      this.#isWoken = true;
    });
    setHandler(sweepQuery, () => this.progress());
    setHandler(pauseRunUpdate, (...args: unknown[]) => this.#steer('pause', args), {
      validator: () => this.#refuseIf(this.isPaused, 'the run is paused already'),
    });
    setHandler(resumeRunUpdate, (...args: unknown[]) => this.#steer('resume', args), {
      validator: () => this.#refuseIf(!this.isPaused, 'the run is not paused'),
    });
    setHandler(cancelRunUpdate, (...args: unknown[]) => this.#steer('cancel', args), {
      validator: () => this.#refuseIf(this.isCancelRequested, 'the run is being cancelled already'),
    });
  }

  /** Opens the run in Postgres. True when it has ended already. */
  async open({ runId = null }: SweepWorkflowInput): Promise<boolean> {
    const planned = workflowInfo().typedSearchAttributes.get(PLANNED_KEY);
    const opened = await local.openSweepRun({
      sweepId: this.sweepId,
      runId,
      plannedAt: planned?.toISOString() ?? null,
      workflowId: workflowInfo().workflowId,
    });
    this.runId = opened.runId;
    this.isPaused = opened.isPaused;
    this.isCancelRequested = opened.isCancelRequested;
    this.#name = opened.name;
    this.#beginsAtMs = opened.beginsAtMs;
    this.#deadlineMs = opened.deadlineMs;
    this.#isOpen = !opened.isFinal;
    if (opened.isFinal) this.#step = 'ended';
    return opened.isFinal;
  }

  enterStep(step: SweepStep): void {
    if (step === this.#step) return;
    this.#step = step;
    upsertSearchAttributes([{ key: STATUS_KEY, value: this.#ending?.state ?? step }]);
    this.#showDetails();
  }

  show(actions: { open: number; ended: number }): void {
    this.#actions = actions;
    this.#showDetails();
  }

  /** Clears the wake flag. Read Postgres after this, never before, or a change is missed. */
  clearWake(): void {
    this.#isWoken = false;
  }

  async waitForWake(timeoutMs: number): Promise<void> {
    await condition(() => this.#isWoken, timeoutMs);
  }

  /** The jitter of the sweep delays its planned runs. */
  async waitForBeginning(): Promise<void> {
    const delayMs = this.#beginsAtMs - Date.now();
    if (delayMs > 0) await condition(() => this.isCancelRequested, delayMs);
  }

  timeLeftMs(): number {
    return this.#deadlineMs - Date.now();
  }

  async steerActions(verb: 'pause' | 'resume' | 'cancel'): Promise<void> {
    await steerSweepActions({ runId: this.runId, verb });
  }

  async finish(refusal: string | null): Promise<void> {
    this.#ending = await local.finishSweepRun({ runId: this.runId, refusal });
    this.#isOpen = false;
    this.enterStep('ended');
  }

  /** Whether the history is long enough for a new run. Resolves when no Update is being handled any more. */
  async mustContinueAsNew(): Promise<boolean> {
    if (workflowInfo().historyLength <= MAX_HISTORY_EVENTS) return false;
    await condition(allHandlersFinished);
    return true;
  }

  progress(): SweepProgress {
    return {
      sweepId: this.sweepId,
      runId: this.runId,
      step: this.#step,
      isPaused: this.isPaused,
      isCancelRequested: this.isCancelRequested,
      openActions: this.#actions.open,
      endedActions: this.#actions.ended,
      ending: this.#ending,
    };
  }

  async #steer(verb: 'pause' | 'resume' | 'cancel', args: readonly unknown[]): Promise<SweepProgress> {
    await condition(() => this.#isOpen);
    await local.steerSweepRun({ runId: this.runId, verb, order: orderOf(args) });
    if (verb === 'cancel') this.isCancelRequested = true;
    else this.isPaused = verb === 'pause';
    this.#isWoken = true;
    await this.steerActions(verb);
    this.#showDetails();
    return this.progress();
  }

  #refuseIf(isRefused: boolean, reason: string): void {
    if (this.#step === 'ended')
      throw ApplicationFailure.nonRetryable('the run has ended already', 'conflict');
    if (isRefused) throw ApplicationFailure.nonRetryable(reason, 'conflict');
  }

  #showDetails(): void {
    const { open, ended } = this.#actions;
    const lines = [
      `**${this.#name}**: ${this.#step}${this.isPaused ? ' (paused)' : ''}`,
      `actions: ${open} open, ${ended} ended`,
    ];
    if (this.#ending !== null) {
      const { state, reason, targeted, answered, counts } = this.#ending;
      lines.push(`**${state}**${reason === null ? '' : `: ${reason}`}`);
      lines.push(`endpoints: ${answered} of ${targeted} answered`);
      const items = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
      lines.push(`items: ${items.join(', ')}`);
    }
    setCurrentDetails(lines.join('\n\n'));
  }
}
