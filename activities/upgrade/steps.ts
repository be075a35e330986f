import { MigError } from '../../contract/errors.ts';
import { COMMANDED_STEPS, stepAfter, type UpgradeCounts } from '../../contract/rules/upgrade-protocol.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { actionById } from '../../platform/postgres/queries/actions/actions.ts';
import {
  advanceUpgrades,
  idsAt,
  lockNextWaiting,
  markOldAgents,
  newAgents,
} from '../../platform/postgres/queries/upgrades/advance.ts';
import { republishKills } from '../../platform/postgres/queries/upgrades/commands.ts';
import * as records from '../../platform/postgres/queries/upgrades/records.ts';
import type { ActivityDeps, OfAction, UpgradeSettings } from '../deps.ts';
import { sendStep, takeAnswers } from './commanded-step.ts';
import { decideAfterUpgrade } from './decide.ts';
import { requireSigner } from './orders.ts';

// The steps of the protocol for all endpoints that are ready. Each may be repeated: it advances records only from the
// step before its own.

const REPUBLISH_KILLS_MS = 10_000;

export async function openUpgrades(deps: ActivityDeps, { actionId }: OfAction): Promise<UpgradeSettings> {
  await requireSigner(deps);
  const row = await actionById(deps.pool, actionId);
  if (!row) throw new MigError('not_found', `action ${actionId} is not in the database`);
  await records.openUpgradeRecords(deps.pool, actionId, versionsIn(row.operations));
  return deps.upgrades;
}

export function countUpgrades(
  { pool, upgrades }: Pick<ActivityDeps, 'pool' | 'upgrades'>,
  { actionId }: OfAction,
): Promise<UpgradeCounts> {
  return records.countUpgrades(pool, actionId, upgrades.stepTimeoutMs);
}

/** Starts the next `count` reachable endpoints. */
export async function sendUpgrades(
  deps: ActivityDeps,
  { actionId, count }: OfAction & { count: number },
): Promise<void> {
  await inTransaction(deps.pool, async (db) => {
    const ids = await lockNextWaiting(db, actionId, count);
    await advanceUpgrades(
      db,
      ids.map((commandid) => ({ commandid, step: 'sent', stepcommandid: commandid })),
    );
  });
  await sendStep(deps, actionId, 'sent');
}

/** Re-sends commands marked sent that never reached the relay because the worker died in between. */
export async function sendAgain(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  await republishKills(deps.pool, actionId, REPUBLISH_KILLS_MS);
  for (const step of COMMANDED_STEPS) await sendStep(deps, actionId, step);
}

export function takeOldPids(deps: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return takeAnswers(deps, actionId, { step: 'sent', decide: decideAfterUpgrade });
}

export function markUpgraded({ pool }: ActivityDeps, { actionId }: OfAction): Promise<void> {
  return inTransaction(pool, async (db) => {
    const ids = await markOldAgents(db, actionId);
    await advanceUpgrades(
      db,
      ids.map((commandid) => ({ commandid, step: stepAfter('old pid returned') })),
    );
  });
}

export async function findNewAgents({ pool }: ActivityDeps, { actionId }: OfAction): Promise<void> {
  const found = await newAgents(pool, actionId);
  await advanceUpgrades(
    pool,
    found.map((agent) => ({ ...agent, step: stepAfter('old agent marked upgraded') })),
  );
}

export async function findDuplicates({ pool }: ActivityDeps, { actionId }: OfAction): Promise<void> {
  const ids = await idsAt(pool, actionId, 'new agent registered');
  await advanceUpgrades(
    pool,
    ids.map((commandid) => ({ commandid, step: stepAfter('new agent registered') })),
  );
}

export async function completeUpgrades({ pool }: ActivityDeps, { actionId }: OfAction): Promise<void> {
  const ids = await idsAt(pool, actionId, 'old binary removed');
  await advanceUpgrades(
    pool,
    ids.map((commandid) => ({ commandid, step: stepAfter('old binary removed'), outcome: 'done' })),
  );
}

/** The new version by platform, from the signed parameters. */
function versionsIn(operations: string): Map<string, string> {
  const [operation] = JSON.parse(operations) as { parameters?: Record<string, Record<string, unknown>> }[];
  return new Map(
    Object.entries(operation?.parameters ?? {}).flatMap(([platform, instruction]) => {
      // Go ignores the case of names.
      const [, version] = Object.entries(instruction).find(([name]) => /^to_version$/i.test(name)) ?? [];
      return typeof version === 'string' ? [[platform, version] as const] : [];
    }),
  );
}
