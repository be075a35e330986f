import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { UpgradeSettings } from '../activities/deps.ts';
import type { ActionActivities } from '../activities/register.ts';
import {
  inFlight,
  maySend,
  UPGRADE_STEPS,
  type UpgradeCounts,
  type UpgradeStep,
  whyStop,
} from '../contract/rules/upgrade-steps.ts';
import {
  begin,
  type Ending,
  finish,
  initialState,
  local,
  MAX_HISTORY_EVENTS,
  move,
  prepare,
  progressOf,
  reasonOf,
  registerHandlers,
  type State,
  showDetails,
  timeLeft,
} from './action-state.ts';
import { type ActionProgress, type ActionWorkflowInput, upgradeQuery } from './messages.ts';

/** What takes records further from each step; the names are the protocol's, so that they can be followed in the UI. */
const NEXT = [
  ['sent', 'takeOldPids'],
  ['old pid returned', 'markUpgraded'],
  ['old agent marked upgraded', 'findNewAgents'],
  ['new agent registered', 'findDuplicates'],
  ['duplicate found', 'sendKills'],
  ['kill sent', 'takeKillAnswers'],
  ['kill acknowledged', 'sendChecks'],
  ['check sent', 'takeCheckAnswers'],
  ['one process found', 'sendRemovals'],
  ['removal sent', 'takeRemovalAnswers'],
  ['old binary removed', 'completeUpgrades'],
] as const satisfies readonly (readonly [UpgradeStep, keyof ActionActivities])[];

/** Answers and heartbeats wake it; should such a signal be lost, it looks by itself. */
const LOOK_EVERY_MS = 5_000;
const LOOK_FOR_OFFLINE_MS = 60_000;

interface Upgrade {
  counts: UpgradeCounts;
  settings: UpgradeSettings;
  stopped: string | null;
}

/**
 * Carries an upgrade: the canary, then more and more at the same time, each endpoint through the protocol's steps. Every
 * round does each step for all that are ready for it; the truth is in Postgres, so it can start over at any time.
 */
export async function upgradeWorkflow({ actionId }: ActionWorkflowInput): Promise<ActionProgress> {
  const state = initialState(actionId);
  registerHandlers(state);
  const upgrade: Upgrade = {
    counts: { open: {}, finished: {}, reachable: 0, silent: 0 },
    settings: { canary: 0, atOnce: 0, maxFailurePercent: 0, stepTimeoutMs: 0 },
    stopped: null,
  };
  setHandler(upgradeQuery, () => ({ ...upgrade.counts, stopped: upgrade.stopped }));
  const action = await begin(state);
  if (!action) return progressOf(state);
  // What is under way is carried to its end, whatever was decided since.
  const early = state.status === 'inflight' ? undefined : await prepare(state, action.validFromMs);
  const progress = await finish(state, early ?? (await carry(state, upgrade)));
  await condition(allHandlersFinished);
  return progress;
}

async function carry(state: State, upgrade: Upgrade): Promise<Ending> {
  const { actionId } = state;
  try {
    upgrade.settings = await local.openUpgrades({ actionId });
  } catch (error) {
    return { outcome: 'invalid', reason: reasonOf(error) };
  }
  move(state, 'awaiting results');
  for (let isAlarm = true; ; ) {
    state.isWoken = false;
    await round(state, upgrade, { isAlarm });
    state.counters = await local.awaitResults({ actionId });
    show(state, upgrade);
    const { open } = upgrade.counts;
    if (inFlight(upgrade.counts) === 0 && !open.waiting) break;
    const before = { isPaused: state.isPaused, isCancelRequested: state.isCancelRequested };
    const isWoken = await condition(
      () =>
        state.isWoken ||
        state.isPaused !== before.isPaused ||
        state.isCancelRequested !== before.isCancelRequested,
      Math.min(inFlight(upgrade.counts) > 0 ? LOOK_EVERY_MS : LOOK_FOR_OFFLINE_MS, timeLeft(state) + 1),
    );
    isAlarm = !isWoken;
    if (workflowInfo().historyLength > MAX_HISTORY_EVENTS) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof upgradeWorkflow>({ actionId });
    }
  }
  await local.finishUpgrades({ actionId });
  if (upgrade.stopped !== null) return { outcome: 'cancelled', reason: upgrade.stopped };
  return { outcome: state.isCancelRequested ? 'cancelled' : 'completed', reason: null };
}

async function round(state: State, upgrade: Upgrade, { isAlarm }: { isAlarm: boolean }): Promise<void> {
  const { actionId } = state;
  const { settings } = upgrade;
  let counts = await local.countUpgrades({ actionId });
  for (const [step, activity] of NEXT) if (counts.open[step]) counts = await local[activity]({ actionId });
  upgrade.stopped ??= whyStop(counts, settings) ?? null;
  const isExpired = timeLeft(state) <= 1;
  const isOver = isExpired || state.isCancelRequested || upgrade.stopped !== null;
  if (isAlarm && inFlight(counts) > 0) {
    await local.sendAgain({ actionId });
    counts = await local.stopOverdue({ actionId, isOver });
  }
  if (isOver && counts.open.waiting) {
    counts = await local.endWaitingUpgrades({
      actionId,
      outcome: isExpired ? 'expired' : 'cancelled',
      reason:
        upgrade.stopped ?? (isExpired ? 'the action expired before' : 'the action was cancelled before'),
    });
  } else if (!isOver && !state.isPaused) {
    const count = maySend(counts, settings);
    if (count > 0) counts = await local.sendUpgrades({ actionId, count });
  }
  upgrade.counts = counts;
}

function show(state: State, { counts, stopped }: Upgrade): void {
  state.details = [
    ...UPGRADE_STEPS.flatMap((step) => (counts.open[step] ? [`${step}: ${counts.open[step]}`] : [])),
    ...Object.entries(counts.finished).map(([outcome, count]) => `**${outcome}**: ${count}`),
    ...(stopped === null ? [] : [stopped]),
  ];
  showDetails(state);
}
