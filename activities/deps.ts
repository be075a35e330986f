import type { UpgradePace } from '../contract/rules/upgrade-pacing.ts';
import type { RateLimiter } from '../platform/async/rate-limiter.ts';
import type { Logger } from '../platform/log.ts';
import type { Signer } from '../platform/openpgp/sign.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import type { TargetSessions } from '../platform/postgres/queries/targets.ts';
import type { Publisher, Urgency } from '../platform/rabbitmq/publish.ts';

/** The dependencies of the activities. Each takes only the fields that it uses. */
export interface ActivityDeps {
  pool: Pool;
  log: Logger;
  /** The publisher on the relay's present connection; waits for one while there is none. */
  publisher: (urgency: Urgency) => Promise<Publisher>;
  /** Slows commands of sweeps down while actions to few agents are sent. */
  sweepLimiter: RateLimiter;
  /** How many answers wait on the relay until a collector takes them. */
  countWaitingAnswers: () => Promise<number>;
  /** Where targets are evaluated: a database session for each. */
  targets: TargetSessions;
  /** The scheduler's key; without it no upgrade starts, for none could be finished. */
  signer: Signer | undefined;
  upgrades: UpgradeSettings;
  workflows: WorkflowControl;
  /** Named places where the fault tests kill the process; does nothing otherwise. */
  checkpoint: (name: Checkpoint, bodies?: readonly Buffer[]) => void;
}

/** Starts, steers and wakes workflows, which an activity cannot do by itself. */
export interface WorkflowControl {
  startAction: (actionId: number) => Promise<void>;
  steerAction: (order: { actionId: number; verb: 'pause' | 'resume' | 'cancel' }) => Promise<void>;
  /** It is no error when the workflow has ended. */
  wake: (workflowId: string) => Promise<void>;
}

export interface UpgradeSettings extends UpgradePace {
  /** How long an endpoint may take for one step. */
  stepTimeoutMs: number;
}

export type Checkpoint =
  | 'before publish'
  | 'before confirm'
  | 'before mark'
  | 'before store'
  | 'after commit before ack'
  | 'after ack before signal'
  | 'after webhook before mark'
  | 'after claim before sink'
  | 'after sink before mark';

/** The input of every activity of an action. */
export interface OfAction {
  actionId: number;
}

/** A part of an action's commands: those whose id leaves the remainder `shard` when divided by `shards`. */
export interface Shard extends OfAction {
  shard: number;
  shards: number;
}

/** One attempt of an activity that pages through commands in id order. */
export interface PagingAttempt {
  urgency: Urgency;
  /** The last id that is done, which the activity advances: a retry starts after it. */
  progress: { after: number };
  /** Aborted when Temporal gives the attempt up. */
  signal: AbortSignal;
}
