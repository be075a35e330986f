import { reachesPercent } from '../percent.ts';
import { MAX_BATCH, paceOf } from './pace.ts';
import { openingInWords, type TimeWindow, windowsAt } from './windows.ts';

/** What holds an action back: the platform's own rules about when its commands leave, which no agent sees. */
export interface BrakesRule {
  /** Endpoints that are asked first, as a number or as percent of all; the others wait until these have answered. */
  canary?:
    | { agents?: number | undefined; percent?: number | undefined; waitseconds?: number | undefined }
    | undefined;
  /** The most commands that leave in a minute. */
  perminute?: number | undefined;
  /** When commands may leave. */
  windows?: readonly TimeWindow[] | undefined;
  /** How many answers in a hundred may fail or match. */
  stopat?:
    | {
        failedpercent?: number | undefined;
        matchedpercent?: number | undefined;
        minimumanswers?: number | undefined;
      }
    | undefined;
}

/** Below this number of answers a percentage says nothing. The canary is judged by all of its answers. */
export const MINIMUM_ANSWERS = 10;

export interface Answers {
  answered: number;
  failed: number;
  matched: number;
}

/** What the database knows of an action with brakes. */
export interface BrakesFacts {
  nowMs: number;
  isPaused: boolean;
  /** All commands of the action. */
  targeted: number;
  /** Whether there are commands that could leave at once. */
  hasReady: boolean;
  /** The answers that count: those since the action was last resumed. */
  answers: Answers;
  canary: CanaryFacts;
  /** When the next batch may leave. */
  nextAtMs: number | null;
}

export interface CanaryFacts {
  /** The others go since then, whatever the canary. */
  isPassed: boolean;
  /** Commands that left as the canary, and the last of them when. */
  left: number;
  lastLeftAtMs: number | null;
  /** Of these, those without an answer. */
  waiting: number;
  answered: number;
  failed: number;
}

export type Decision =
  /** So many commands may leave now, until then. `passesCanary`: the canary has been good. */
  | { type: 'go'; most: number; isCanary: boolean; closesAtMs: number | null; passesCanary: boolean }
  /** Nothing leaves before something changes, or before that time. */
  | {
      type: 'wait';
      on: 'resume' | 'canary' | 'agents' | 'window' | 'rate' | 'nothing';
      reason: string;
      untilMs: number | null;
      passesCanary: boolean;
    }
  /** The action stops by itself. */
  | { type: 'hold'; reason: string };

/** Whether commands may leave now, and how many. The first rule that says no decides. */
export function decideDeparture(brakes: BrakesRule, facts: BrakesFacts): Decision {
  if (facts.isPaused) return waitFor('resume', 'waits until it is resumed');
  const stop = whyStopped(brakes, facts.answers);
  if (stop !== undefined) return { type: 'hold', reason: stop };
  const canary = judgeCanary(brakes, facts);
  if (canary.type !== 'go') return canary;
  const { passesCanary } = canary;
  if (!facts.hasReady) {
    return { ...waitFor('agents', UNREACHABLE), passesCanary };
  }
  const window = windowOf(brakes, facts.nowMs);
  if (window.wait !== undefined) return { ...window.wait, passesCanary };
  const { perminute } = brakes;
  if (perminute !== undefined && facts.nextAtMs !== null && facts.nextAtMs > facts.nowMs) {
    return {
      ...waitFor('rate', `waits for its rate of ${perminute} a minute`, facts.nextAtMs),
      passesCanary,
    };
  }
  const batch = perminute === undefined ? MAX_BATCH : paceOf(perminute).batch;
  return { ...canary, most: Math.min(canary.most, batch), closesAtMs: window.closesAtMs };
}

/** How many endpoints a canary has: at least one, and never more than there are. */
export function canarySize(canary: NonNullable<BrakesRule['canary']>, targeted: number): number {
  const { agents, percent } = canary;
  const wanted = agents ?? Math.ceil(((percent ?? 100) * targeted) / 100);
  return Math.min(targeted, Math.max(1, wanted));
}

/** Why the answers so far stop an action; undefined while they do not. */
export function whyStopped(
  { stopat = {} }: Pick<BrakesRule, 'stopat'>,
  { answered, failed, matched }: Answers,
): string | undefined {
  const { failedpercent, matchedpercent, minimumanswers = MINIMUM_ANSWERS } = stopat;
  if (answered < minimumanswers) return undefined;
  const reaches = (part: number, percent: number | undefined) =>
    percent !== undefined && reachesPercent({ part, whole: answered }, percent);
  if (reaches(failed, failedpercent)) {
    return `${failed} of ${answered} answers failed, and it stops at ${failedpercent} %`;
  }
  if (reaches(matched, matchedpercent)) {
    return `${matched} of ${answered} answers match, and it stops at ${matchedpercent} %`;
  }
  return undefined;
}

type Go = Extract<Decision, { type: 'go' }>;
type Wait = Extract<Decision, { type: 'wait' }>;

const UNREACHABLE = 'waits for agents that cannot be reached now';
const EVERYTHING: Go = {
  type: 'go',
  most: MAX_BATCH,
  isCanary: false,
  closesAtMs: null,
  passesCanary: false,
};

/** What the canary allows: its own commands, then nothing until it has answered, then everything or a stop. */
function judgeCanary(brakes: BrakesRule, facts: BrakesFacts): Decision {
  const { canary, stopat } = brakes;
  const { isPassed, left, lastLeftAtMs, waiting, answered, failed } = facts.canary;
  if (canary === undefined || isPassed) return EVERYTHING;
  const size = canarySize(canary, facts.targeted);
  if (left < size && facts.hasReady) return { ...EVERYTHING, most: size - left, isCanary: true };
  if (left === 0) return waitFor('agents', UNREACHABLE);
  const { waitseconds } = canary;
  const deadlineMs =
    waitseconds === undefined || lastLeftAtMs === null ? null : lastLeftAtMs + waitseconds * 1000;
  // Few that can be reached say too little: the rest of the canary is waited for, too.
  if ((waiting > 0 || left < size) && (deadlineMs === null || facts.nowMs < deadlineMs)) {
    return waitFor('canary', `waits for the canary: ${answered} of ${size} have answered`, deadlineMs);
  }
  if (answered === 0)
    return { type: 'hold', reason: `none of the ${left} agents of the canary has answered` };
  const limit = stopat?.failedpercent;
  const isBad = limit === undefined ? failed > 0 : reachesPercent({ part: failed, whole: answered }, limit);
  if (!isBad) return { ...EVERYTHING, passesCanary: true };
  const rule = limit === undefined ? '' : `, and it stops at ${limit} %`;
  return { type: 'hold', reason: `${failed} of ${answered} answers of the canary failed${rule}` };
}

function windowOf(
  { windows }: BrakesRule,
  nowMs: number,
): { wait: Wait | undefined; closesAtMs: number | null } {
  if (windows === undefined) return { wait: undefined, closesAtMs: null };
  const { isOpen, changesAtMs = null } = windowsAt(windows, nowMs);
  if (isOpen) return { wait: undefined, closesAtMs: changesAtMs };
  const opens = changesAtMs === null ? '' : ` that opens ${openingInWords(windows, changesAtMs)}`;
  return { wait: waitFor('window', `waits for the window${opens}`, changesAtMs), closesAtMs: null };
}

function waitFor(on: Wait['on'], reason: string, untilMs: number | null = null): Wait {
  return { type: 'wait', on, reason, untilMs, passesCanary: false };
}
