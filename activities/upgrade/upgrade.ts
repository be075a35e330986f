import { MigError } from '../../contract/errors.ts';
import type { UpgradeStep } from '../../contract/rules/upgrade-steps.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { actionById } from '../../platform/postgres/queries/actions.ts';
import { completeFollowUps, expireFollowUps } from '../../platform/postgres/queries/follow-ups.ts';
import {
  beginUpgrades,
  endWaitingUpgrades,
  idsAt,
  markOldAgents,
  moveUpgrades,
  newAgents,
  openUpgradeRecords,
  overdueUpgrades,
  takeBackKills,
  type UpgradeMove,
} from '../../platform/postgres/queries/upgrades.ts';
import type { ActivityDeps, UpgradeSettings } from '../deps.ts';
import { withFailures } from '../failures.ts';
import { afterUpgrade } from './answers.ts';
import { signerOf } from './orders.ts';
import { type OfUpgrade, reportStops, type StepOf, sendStep, takeAnswers, upgradeStep } from './step.ts';

const RESEND_MS = 10_000;

/**
 * Upgrades by their records in Postgres, each step for all endpoints that are ready for it. Every one may be repeated: it
 * takes records only from the step before its own.
 */
export function createUpgradeActivities(deps: ActivityDeps) {
  const { pool } = deps;
  return {
    openUpgrades: ({ actionId }: OfUpgrade): Promise<UpgradeSettings> =>
      withFailures(async () => {
        await signerOf(deps);
        const row = await actionById(pool, actionId);
        if (!row) throw new MigError('not_found', `action ${actionId} is not in the database`);
        await openUpgradeRecords(pool, actionId, versionsIn(row.operations));
        return deps.upgrades;
      }),

    countUpgrades: upgradeStep<OfUpgrade>(deps, async () => {}),

    sendUpgrades: upgradeStep(deps, async ({ actionId, count }: OfUpgrade & { count: number }) => {
      await beginUpgrades(pool, actionId, count);
      await sendStep(deps, actionId, { step: 'sent', column: 'commandid' });
    }),

    /** What was stored as sent, and the relay never got, or lost: whoever was about to send it was killed. */
    sendAgain: upgradeStep(deps, async ({ actionId }) => {
      await takeBackKills(pool, actionId, RESEND_MS);
      for (const stepOf of SENT) await sendStep(deps, actionId, stepOf);
    }),

    takeOldPids: takeAnswers(deps, { step: 'sent', column: 'commandid' }, { decide: afterUpgrade }),

    markUpgraded: upgradeStep(deps, ({ actionId }) =>
      inTransaction(pool, async (db) => {
        await moveUpgrades(db, all(await markOldAgents(db, actionId), 'old agent marked upgraded'));
      }),
    ),

    findNewAgents: upgradeStep(deps, async ({ actionId }) => {
      const found = await newAgents(pool, actionId);
      await moveUpgrades(
        pool,
        found.map((one) => ({ ...one, step: 'new agent registered' as const })),
      );
    }),

    findDuplicates: upgradeStep(deps, async ({ actionId }) => {
      await moveUpgrades(pool, all(await idsAt(pool, actionId, 'new agent registered'), 'duplicate found'));
    }),

    completeUpgrades: upgradeStep(deps, async ({ actionId }) => {
      const ids = await idsAt(pool, actionId, 'old binary removed');
      await moveUpgrades(
        pool,
        ids.map((commandid) => ({ commandid, step: 'done' as const, outcome: 'done' as const })),
      );
    }),
  };
}

/** How upgrades end that do not come to their last step. */
export function createUpgradeEndings(deps: ActivityDeps) {
  const { pool } = deps;
  return {
    /** What takes too long is stopped where it is. `isOver`: the action has no time left, so none may stay unanswered. */
    stopOverdue: upgradeStep(deps, async ({ actionId, isOver }: OfUpgrade & { isOver: boolean }) => {
      const { stepTimeoutMs: timeoutMs } = deps.upgrades;
      const overdue = await overdueUpgrades(pool, actionId, { timeoutMs, isOver });
      const moves = overdue.map(({ commandid, step }): UpgradeMove => {
        const reason = `${WAITED_FOR[step] ?? 'it did not go on'} within ${timeoutMs / 1000} s`;
        return { commandid, step, outcome: 'failed', reason };
      });
      reportStops(deps, actionId, moves);
      await moveUpgrades(pool, moves);
    }),

    endWaitingUpgrades: upgradeStep(
      deps,
      async ({ actionId, ...ending }: OfUpgrade & { outcome: 'expired' | 'cancelled'; reason: string }) => {
        await endWaitingUpgrades(pool, actionId, ending);
      },
    ),

    finishUpgrades: upgradeStep(deps, async ({ actionId }) => {
      await expireFollowUps(pool, actionId);
      await completeFollowUps(pool, actionId);
    }),
  };
}

const WAITED_FOR: Partial<Record<UpgradeStep, string>> = {
  sent: 'no answer came',
  'old agent marked upgraded': 'the new agent did not register',
  'kill sent': 'the kill was not acknowledged',
  'check sent': 'the check was not answered',
  'removal sent': 'the removal was not answered',
};

const SENT: readonly StepOf[] = [
  { step: 'sent', column: 'commandid' },
  { step: 'kill sent', column: 'killid' },
  { step: 'check sent', column: 'checkid' },
  { step: 'removal sent', column: 'removeid' },
];

function all(ids: readonly number[], step: UpgradeStep): UpgradeMove[] {
  return ids.map((commandid) => ({ commandid, step }));
}

/** The version for each platform, as the signed parameters say. */
function versionsIn(operations: string): Map<string, string> {
  const [operation] = JSON.parse(operations) as { parameters?: Record<string, Record<string, unknown>> }[];
  return new Map(
    Object.entries(operation?.parameters ?? {}).flatMap(([platform, instruction]) => {
      // Go's names ignore case.
      const [, version] = Object.entries(instruction).find(([name]) => /^to_version$/i.test(name)) ?? [];
      return typeof version === 'string' ? [[platform, version] as const] : [];
    }),
  );
}
