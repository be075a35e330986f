import type { UpgradePace } from '../contract/rules/upgrade-steps.ts';
import type { RateLimiter } from '../platform/async/rate-limiter.ts';
import type { Logger } from '../platform/log.ts';
import type { Signer } from '../platform/openpgp/sign.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import type { TargetSessions } from '../platform/postgres/queries/targets.ts';
import type { Publisher, Urgency } from '../platform/rabbitmq/publish.ts';

export interface ActivityDeps {
  pool: Pool;
  log: Logger;
  /** The publisher on the relay's present connection; waits for one while there is none. */
  publisher: (urgency: Urgency) => Promise<Publisher>;
  /** How many commands of sweeps may go out now: they make way for actions to few agents. */
  sweepLimiter: RateLimiter;
  /** Where targets run: a session for each. */
  targets: TargetSessions;
  /** The scheduler's own key; without it no upgrade can be finished, so none is begun. */
  signer: Signer | undefined;
  upgrades: UpgradeSettings;
  /** Named places where the fault tests kill the process; does nothing otherwise. */
  checkpoint: (name: Checkpoint, bodies?: readonly Buffer[]) => void;
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
  | 'after ack before signal';
