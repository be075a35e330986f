import { overdueReason } from '../../contract/rules/upgrade-protocol.ts';
import {
  advanceUpgrades,
  endWaiting,
  overdueUpgrades,
  type UpgradeChange,
} from '../../platform/postgres/queries/upgrades/advance.ts';
import { completeFollowUps, expireFollowUps } from '../../platform/postgres/queries/upgrades/follow-ups.ts';
import type { ActivityDeps, OfAction } from '../deps.ts';
import { logStops } from './commanded-step.ts';

/** Fails the endpoints that take too long for a step. `isOver`: also those whose old agent never answered. */
export async function stopOverdue(
  deps: ActivityDeps,
  { actionId, isOver }: OfAction & { isOver: boolean },
): Promise<void> {
  const { stepTimeoutMs: timeoutMs } = deps.upgrades;
  const overdue = await overdueUpgrades(deps.pool, actionId, { timeoutMs, isOver });
  const changes = overdue.map(({ commandid, step }): UpgradeChange => {
    return { commandid, step, outcome: 'failed', reason: overdueReason(step, timeoutMs) };
  });
  logStops(deps, actionId, changes);
  await advanceUpgrades(deps.pool, changes);
}

export function endWaitingUpgrades(
  { pool }: ActivityDeps,
  { actionId, ...ending }: OfAction & { outcome: 'expired' | 'cancelled'; reason: string },
): Promise<void> {
  return endWaiting(pool, actionId, ending);
}

export async function finishUpgrades({ pool }: ActivityDeps, { actionId }: OfAction): Promise<void> {
  await expireFollowUps(pool, actionId);
  await completeFollowUps(pool, actionId);
}
