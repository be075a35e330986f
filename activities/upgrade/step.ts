import { QUEUE_RESULTS } from '../../contract/names.ts';
import type { UpgradeCounts, UpgradeStep } from '../../contract/rules/upgrade-steps.ts';
import { inTransaction, probeTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { completeFollowUps } from '../../platform/postgres/queries/follow-ups.ts';
import {
  answersOfStep,
  countUpgrades,
  moveUpgrades,
  type StepAnswer,
  type StepCommand,
  type UpgradeMove,
  unsentOfStep,
} from '../../platform/postgres/queries/upgrades.ts';
import type { ActivityDeps } from '../deps.ts';
import { publishCommands } from '../dispatch.ts';
import { withFailures } from '../failures.ts';
import { reject, rejectionOf } from '../rejections.ts';
import { storeBatch } from '../store-batch.ts';

export interface OfUpgrade {
  actionId: number;
}

export interface StepOf {
  step: UpgradeStep;
  column: StepCommand;
}

/** Makes an activity of a step: does it, and tells how all stand. */
export function upgradeStep<I extends OfUpgrade>(
  { pool, upgrades }: Pick<ActivityDeps, 'pool' | 'upgrades'>,
  work: (input: I) => Promise<void>,
): (input: I) => Promise<UpgradeCounts> {
  return (input) =>
    withFailures(async () => {
      await work(input);
      return countUpgrades(pool, input.actionId, upgrades.stepTimeoutMs);
    });
}

/** Makes an activity that takes the answers to a step's commands, and moves each record as its answer says. */
export function takeAnswers(
  deps: ActivityDeps,
  stepOf: StepOf,
  {
    decide,
    after = async () => {},
  }: {
    decide: (answer: StepAnswer) => UpgradeMove;
    after?: (db: Queryable, moves: readonly UpgradeMove[]) => Promise<void>;
  },
): (input: OfUpgrade) => Promise<UpgradeCounts> {
  const { pool } = deps;
  return upgradeStep(deps, async ({ actionId }) => {
    await storeBatch(await answersOfStep(pool, actionId, stepOf), {
      toRow: decide,
      store: async (moves) => {
        await inTransaction(pool, async (db) => {
          await moveUpgrades(db, moves);
          await after(db, moves);
        });
        reportStops(deps, actionId, moves);
      },
      probe: () =>
        probeTransaction(pool, async (db) => {
          const moves = [{ commandid: 0, step: stepOf.step }];
          await moveUpgrades(db, moves);
          await after(db, moves);
        }),
      refuse: async (refused) => {
        await reject(
          deps,
          refused.map(({ item, error }) =>
            rejectionOf(error, {
              queue: QUEUE_RESULTS,
              code: 'result_malformed',
              commandId: item.commandid,
            }),
          ),
        );
        const moves = refused.map(({ item }) => unusable(item.commandid, stepOf.step));
        reportStops(deps, actionId, moves);
        await moveUpgrades(pool, moves);
      },
    });
    await completeFollowUps(pool, actionId);
  });
}

/** The end of an upgrade whose endpoint gave an answer that cannot be stored. */
function unusable(commandid: number, step: UpgradeStep): UpgradeMove {
  return {
    commandid,
    step,
    outcome: 'failed',
    reason: 'the answer of its agent is of no use: see rejections',
  };
}

/** Sends what the relay does not have yet of a step's commands. */
export async function sendStep(deps: ActivityDeps, actionId: number, stepOf: StepOf): Promise<void> {
  const commands = await unsentOfStep(deps.pool, actionId, stepOf);
  if (commands.length > 0) await publishCommands(deps, commands, 'bulk');
}

/** An investigator has to look at these. */
export function reportStops({ log }: ActivityDeps, upgradeId: number, moves: readonly UpgradeMove[]): void {
  for (const { commandid, step, outcome, reason } of moves) {
    if (outcome === undefined || outcome === 'done') continue;
    const line = outcome === 'lingering' ? 'two agents run on this endpoint' : 'upgrade stopped';
    log.error({ upgradeId, commandId: commandid, step, outcome, reason }, line);
  }
}
