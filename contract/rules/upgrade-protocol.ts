interface ProtocolStep {
  step: string;
  /** When an endpoint gets here, in words for people. */
  reachedWhen: string;
  /** What an endpoint waits for here, in words for people. */
  waitsFor: string;
  /** The activity that takes an endpoint on from here; null at both ends, where the workflow decides. */
  advancedBy: string | null;
  /** The step that an endpoint reaches from here when all goes well; null at the end. */
  followedBy: string | null;
  /** Whether the endpoint has a command to answer here, which is sent again until the relay has it. */
  hasCommand: boolean;
  /** Why an endpoint failed that stayed here for longer than a step may take; null where that cannot be. */
  overdue: string | null;
}

/** How often an endpoint is asked which agents run, before its upgrade ends. */
export const MAX_CHECKS = 5;

/**
 * The agent upgrade protocol (concepts.rst#agent-upgrade-process): every step of an endpoint, in order. The workflow, the
 * re-sending of commands, the timeouts, the documentation and the texts of the UI come from this table.
 */
export const UPGRADE_PROTOCOL = [
  {
    step: 'waiting',
    reachedWhen: 'the target named it',
    waitsFor: 'its turn, and an agent that can be reached',
    advancedBy: null,
    followedBy: 'sent',
    hasCommand: false,
    overdue: null,
  },
  {
    step: 'sent',
    reachedWhen: 'its turn came and an agent could be reached',
    waitsFor: 'the answer of the old agent',
    advancedBy: 'takeOldPids',
    followedBy: 'old pid returned',
    hasCommand: true,
    overdue: 'no answer came',
  },
  {
    step: 'old pid returned',
    reachedWhen: 'the module answered: the new version is installed beside the old one and has started',
    waitsFor: 'its old agent to be marked',
    advancedBy: 'markUpgraded',
    followedBy: 'old agent marked upgraded',
    hasCommand: false,
    overdue: 'the old agent was not marked',
  },
  {
    step: 'old agent marked upgraded',
    reachedWhen: 'targets no longer find the old process',
    waitsFor: 'the first heartbeat of the new agent',
    advancedBy: 'findNewAgents',
    followedBy: 'new agent registered',
    hasCommand: false,
    overdue: 'the new agent did not register',
  },
  {
    step: 'new agent registered',
    reachedWhen: 'a process of the new version sent a heartbeat for the same queue',
    waitsFor: 'its duplicate to be recorded',
    advancedBy: 'findDuplicates',
    followedBy: 'duplicate found',
    hasCommand: false,
    overdue: 'the duplicate was not recorded',
  },
  {
    step: 'duplicate found',
    reachedWhen: 'two agents run on the endpoint',
    waitsFor: 'the kill to be signed',
    advancedBy: 'sendKills',
    followedBy: 'kill sent',
    hasCommand: false,
    overdue: 'the kill was not signed',
  },
  {
    step: 'kill sent',
    reachedWhen: 'the new process was ordered, on its own queue, to end the old one',
    waitsFor: 'the old process to end',
    advancedBy: 'takeKillAnswers',
    followedBy: 'kill acknowledged',
    hasCommand: true,
    overdue: 'the kill was not acknowledged',
  },
  {
    step: 'kill acknowledged',
    reachedWhen: 'the old process ended, or was gone before',
    waitsFor: 'the check to be signed',
    advancedBy: 'sendChecks',
    followedBy: 'check sent',
    hasCommand: false,
    overdue: 'the check was not signed',
  },
  {
    step: 'check sent',
    reachedWhen: 'the endpoint was asked which agents run',
    waitsFor: 'the list of running agents',
    advancedBy: 'takeCheckAnswers',
    followedBy: 'one process found',
    hasCommand: true,
    overdue: 'the check was not answered',
  },
  {
    step: 'one process found',
    reachedWhen: `the new agent runs alone; any other answer is checked again, ${MAX_CHECKS} times`,
    waitsFor: 'the removal to be signed',
    advancedBy: 'sendRemovals',
    followedBy: 'removal sent',
    hasCommand: false,
    overdue: 'the removal was not signed',
  },
  {
    step: 'removal sent',
    reachedWhen: 'the endpoint was ordered to remove the old executable',
    waitsFor: 'the old executable to be removed',
    advancedBy: 'takeRemovalAnswers',
    followedBy: 'old binary removed',
    hasCommand: true,
    overdue: 'the removal was not answered',
  },
  {
    step: 'old binary removed',
    reachedWhen: 'the old executable was removed',
    waitsFor: 'its record to be closed',
    advancedBy: 'completeUpgrades',
    followedBy: 'done',
    hasCommand: false,
    overdue: 'the record was not closed',
  },
  {
    step: 'done',
    reachedWhen: 'the new agent runs alone and nothing of the old one is left',
    waitsFor: 'nothing',
    advancedBy: null,
    followedBy: null,
    hasCommand: false,
    overdue: null,
  },
] as const satisfies readonly ProtocolStep[];

export type UpgradeStep = (typeof UPGRADE_PROTOCOL)[number]['step'];
/** The steps alone, in order. */
export const UPGRADE_STEPS: readonly UpgradeStep[] = UPGRADE_PROTOCOL.map(({ step }) => step);

/** The steps with a command for the endpoint. */
export type CommandedStep = Extract<(typeof UPGRADE_PROTOCOL)[number], { hasCommand: true }>['step'];

export const COMMANDED_STEPS: readonly CommandedStep[] = UPGRADE_PROTOCOL.filter(
  (entry) => entry.hasCommand,
).map(({ step }) => step);

/** How an upgrade ends on an endpoint. `lingering`: two agents run there, which an investigator has to look at. */
export type UpgradeOutcome = 'done' | 'failed' | 'lingering' | 'expired' | 'cancelled';

/** The endpoints of one upgrade, counted by step and outcome. */
export interface UpgradeCounts {
  /** In progress or waiting, by step. */
  open: Partial<Record<UpgradeStep, number>>;
  finished: Partial<Record<UpgradeOutcome, number>>;
  /** Waiting endpoints with an agent that can be reached now, counted up to 1,000. */
  reachable: number;
  /** Endpoints at `sent` that did not answer in the time for a step: they do not count against `atOnce`. */
  silent: number;
}

type ProtocolEntry = (typeof UPGRADE_PROTOCOL)[number];
type Followers = { [E in ProtocolEntry as E['step']]: E['followedBy'] };

/** The step that an endpoint reaches from this one when all goes well. */
export function stepAfter<S extends Exclude<UpgradeStep, 'done'>>(step: S): Followers[S] {
  return entryOf(step).followedBy as Followers[S];
}

/** The reason of an endpoint that stayed at a step for too long. */
export function overdueReason(step: UpgradeStep, timeoutMs: number): string {
  return `${entryOf(step).overdue ?? 'it did not go on'} within ${timeoutMs / 1000} s`;
}

function entryOf(step: UpgradeStep): ProtocolEntry {
  const entry = UPGRADE_PROTOCOL.find((one) => one.step === step);
  if (!entry) throw new Error(`no step of the upgrade protocol: ${step}`);
  return entry;
}
