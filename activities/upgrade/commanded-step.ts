import { QUEUE_RESULTS } from '../../contract/names.ts';
import type { CommandedStep } from '../../contract/rules/upgrade-protocol.ts';
import { inTransaction, probeTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { advanceUpgrades, type UpgradeChange } from '../../platform/postgres/queries/upgrades/advance.ts';
import {
  answersOfStep,
  type StepAnswer,
  unsentOfStep,
} from '../../platform/postgres/queries/upgrades/commands.ts';
import { completeFollowUps } from '../../platform/postgres/queries/upgrades/follow-ups.ts';
import type { ActivityDeps } from '../deps.ts';
import { publishCommands } from '../publish-commands.ts';
import { reject, rejectionOf } from '../rejections.ts';
import { storeBatch } from '../store-batch.ts';

/** Publishes the commands of a step that the relay does not have yet. */
export async function sendStep(deps: ActivityDeps, upgradeId: number, step: CommandedStep): Promise<void> {
  const commands = await unsentOfStep(deps.pool, upgradeId, step);
  if (commands.length > 0) await publishCommands(deps, commands, 'bulk');
}

interface StepAnswers {
  step: CommandedStep;
  /** What an answer means for its record. */
  decide: (answer: StepAnswer) => UpgradeChange;
  /** Runs in the same transaction as the changes. */
  afterwards?: (db: Queryable, changes: readonly UpgradeChange[]) => Promise<void>;
}

/** Advances each record whose endpoint answered the command of a step; an unusable answer fails its own record alone. */
export async function takeAnswers(
  deps: ActivityDeps,
  upgradeId: number,
  { step, decide, afterwards = async () => {} }: StepAnswers,
): Promise<void> {
  const { pool } = deps;
  const apply = async (db: Queryable, changes: readonly UpgradeChange[]) => {
    await advanceUpgrades(db, changes);
    await afterwards(db, changes);
  };
  await storeBatch(await answersOfStep(pool, upgradeId, step), {
    toRow: decide,
    store: async (changes) => {
      await inTransaction(pool, (db) => apply(db, changes));
      logStops(deps, upgradeId, changes);
    },
    probe: () => probeTransaction(pool, (db) => apply(db, [{ commandid: 0, step }])),
    refuse: async (refused) => {
      await reject(
        deps,
        refused.map(({ item, error }) =>
          rejectionOf(error, { queue: QUEUE_RESULTS, code: 'result_malformed', commandId: item.commandid }),
        ),
      );
      const failures = refused.map(({ item }): UpgradeChange => {
        const reason = "the agent's answer is unusable; see rejections";
        return { commandid: item.commandid, step, outcome: 'failed', reason };
      });
      logStops(deps, upgradeId, failures);
      await advanceUpgrades(pool, failures);
    },
  });
  await completeFollowUps(pool, upgradeId);
}

/** Logs the upgrades that an investigator has to look at. */
export function logStops(
  { log }: Pick<ActivityDeps, 'log'>,
  upgradeId: number,
  changes: readonly UpgradeChange[],
): void {
  for (const { commandid, step, outcome, reason } of changes) {
    if (outcome === undefined || outcome === 'done') continue;
    const message = outcome === 'lingering' ? 'two agents run on this endpoint' : 'upgrade stopped';
    log.error({ upgradeId, commandId: commandid, step, outcome, reason }, message);
  }
}
