import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { EndedRun } from '../activities/sweep/finish.ts';
import type { Counters } from '../contract/rules/accounting.ts';
import type { UpgradeCounts } from '../contract/rules/upgrade-protocol.ts';
import type { ActionStatus } from '../contract/statuses.ts';

export interface ActionWorkflowInput {
  actionId: number;
}

export type ActionStep =
  | 'waiting for validfrom'
  | 'validating signatures'
  | 'resolving target'
  | 'dispatching'
  | 'awaiting results'
  | 'finishing'
  | 'finished';

/** What an operator sees: the Query `progress`, and the answer of every Update. */
export interface ActionProgress {
  actionId: number;
  step: ActionStep;
  status: ActionStatus;
  isPaused: boolean;
  isCancelRequested: boolean;
  targeted: number;
  counters: Counters;
  reason: string | null;
}

/** The Query `upgrade`: how many endpoints are at each step. */
export interface UpgradeProgress extends UpgradeCounts {
  /** Why no more endpoints are sent, if so. */
  stopped: string | null;
}

/** A run that waits in Postgres, or null for the one that the schedule planned for the time of this start. */
export interface SweepWorkflowInput {
  sweepId: number;
  runId?: number | null;
}

export type SweepStep = 'opening' | 'awaiting signature' | 'awaiting results' | 'ended';

/** The Query `sweep`, and the answer of every Update of a run. */
export interface SweepProgress {
  sweepId: number;
  runId: number;
  step: SweepStep;
  isPaused: boolean;
  isCancelRequested: boolean;
  openActions: number;
  endedActions: number;
  /** null until the run has ended. */
  ending: EndedRun | null;
}

/** The action was given brakes, or others: the truth is in Postgres. */
export const brakesSignal = defineSignal('brakes');
/** Only wakes the workflow; the truth is the count in Postgres. */
export const wakeSignal = defineSignal('wake');
export const progressQuery = defineQuery<ActionProgress>('progress');
export const upgradeQuery = defineQuery<UpgradeProgress>('upgrade');
export const pauseUpdate = defineUpdate<ActionProgress>('pause');
export const resumeUpdate = defineUpdate<ActionProgress>('resume');
export const cancelUpdate = defineUpdate<ActionProgress>('cancel');
/** Of a run of a sweep, under the same names. */
export const pauseRunUpdate = defineUpdate<SweepProgress>('pause');
export const resumeRunUpdate = defineUpdate<SweepProgress>('resume');
export const cancelRunUpdate = defineUpdate<SweepProgress>('cancel');
export const sweepQuery = defineQuery<SweepProgress>('sweep');
