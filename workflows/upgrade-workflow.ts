import { allHandlersFinished, condition, continueAsNew, setHandler } from '@temporalio/workflow';
import type { UpgradeSettings } from '../activities/deps.ts';
import { countInFlight, countSendable, stopReason } from '../contract/rules/upgrade-pacing.ts';
import { UPGRADE_PROTOCOL, type UpgradeCounts } from '../contract/rules/upgrade-protocol.ts';
import { ActionRun, type Ending, local, reasonOf } from './action-run.ts';
import { type ActionProgress, type ActionWorkflowInput, upgradeQuery } from './messages.ts';

/** Answers and heartbeats wake the workflow. It also polls, in case a signal is lost. */
const POLL_IN_FLIGHT_MS = 5_000;
const POLL_OFFLINE_MS = 60_000;

interface Upgrade {
  counts: UpgradeCounts;
  settings: UpgradeSettings;
  /** Why no more endpoints are sent, if so. */
  stopped: string | null;
}

/**
 * Runs one upgrade: the canary, then more and more endpoints at one time, each through the steps of the protocol. Every
 * round advances all endpoints that are ready. The truth is in Postgres, so the workflow can start over at any time.
 */
export async function upgradeWorkflow({ actionId }: ActionWorkflowInput): Promise<ActionProgress> {
  const run = new ActionRun(actionId);
  const upgrade: Upgrade = {
    counts: { open: {}, finished: {}, reachable: 0, silent: 0 },
    settings: { canary: 0, atOnce: 0, maxFailurePercent: 0, stepTimeoutMs: 0 },
    stopped: null,
  };
  setHandler(upgradeQuery, () => ({ ...upgrade.counts, stopped: upgrade.stopped }));
  const action = await run.load();
  if (!action) return run.progress();
  // An upgrade in flight goes on to its end, whatever was decided since.
  const early = run.status === 'inflight' ? undefined : await run.prepare(action.validFromMs);
  const progress = await run.finish(early ?? (await upgradeAll(run, upgrade)));
  await condition(allHandlersFinished);
  return progress;
}

async function upgradeAll(run: ActionRun, upgrade: Upgrade): Promise<Ending> {
  const { actionId } = run;
  try {
    upgrade.settings = await local.openUpgrades({ actionId });
  } catch (error) {
    return { outcome: 'invalid', reason: reasonOf(error) };
  }
  run.enterStep('awaiting results');
  let isWoken = false;
  for (;;) {
    run.clearWake();
    await advance(run, upgrade, { isWoken });
    await run.readCounters();
    showUpgrade(run, upgrade);
    if (isOver(upgrade.counts)) break;
    isWoken = await waitForWakeOrDecision(run, upgrade);
    if (await run.mustContinueAsNew()) await continueAsNew<typeof upgradeWorkflow>({ actionId });
  }
  await local.finishUpgrades({ actionId });
  if (upgrade.stopped !== null) return { outcome: 'cancelled', reason: upgrade.stopped };
  return { outcome: run.isCancelRequested ? 'cancelled' : 'completed', reason: null };
}

/** One round: advances the ready endpoints, then starts waiting ones, or ends them when the upgrade is closed. */
async function advance(run: ActionRun, upgrade: Upgrade, { isWoken }: { isWoken: boolean }): Promise<void> {
  const { actionId } = run;
  let counts = await local.countUpgrades({ actionId });
  for (const { step, advancedBy } of UPGRADE_PROTOCOL) {
    if (advancedBy !== null && counts.open[step]) counts = await local[advancedBy]({ actionId });
  }
  upgrade.stopped ??= stopReason(counts, upgrade.settings) ?? null;
  const hasExpired = run.hasExpired();
  const isClosed = hasExpired || run.isCancelRequested || upgrade.stopped !== null;
  if (!isWoken && countInFlight(counts) > 0) {
    await local.sendAgain({ actionId });
    counts = await local.stopOverdue({ actionId, isOver: isClosed });
  }
  if (isClosed && counts.open.waiting) {
    counts = await local.endWaitingUpgrades({
      actionId,
      outcome: hasExpired ? 'expired' : 'cancelled',
      reason:
        upgrade.stopped ?? (hasExpired ? 'the action expired before' : 'the action was cancelled before'),
    });
  } else if (!isClosed && !run.isPaused) {
    const count = countSendable(counts, upgrade.settings);
    if (count > 0) counts = await local.sendUpgrades({ actionId, count });
  }
  upgrade.counts = counts;
}

function isOver(counts: UpgradeCounts): boolean {
  return countInFlight(counts) === 0 && !counts.open.waiting;
}

/** Waits for a signal or an operator's decision; false on timeout. */
function waitForWakeOrDecision(run: ActionRun, { counts }: Upgrade): Promise<boolean> {
  const { isPaused, isCancelRequested } = run;
  const pollAfterMs = countInFlight(counts) > 0 ? POLL_IN_FLIGHT_MS : POLL_OFFLINE_MS;
  return run.waitForWake(
    () => run.isPaused !== isPaused || run.isCancelRequested !== isCancelRequested,
    Math.min(pollAfterMs, run.timeLeftMs() + 1),
  );
}

/** What operators read in Temporal's UI. */
function showUpgrade(run: ActionRun, { counts, stopped }: Upgrade): void {
  run.details = UPGRADE_PROTOCOL.flatMap(({ step, waitsFor }) => {
    const count = counts.open[step];
    return count ? [`${step}: ${count}, waiting for ${waitsFor}`] : [];
  });
  for (const [outcome, count] of Object.entries(counts.finished)) {
    run.details.push(`**${outcome}**: ${count}`);
  }
  if (stopped !== null) run.details.push(stopped);
  run.showDetails();
}
