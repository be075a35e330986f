import { toTimestamp, unixMillis } from '../../contract/go/time.ts';
import { isSafeVersion } from '../../contract/rules/agent-version.ts';
import type { StepAnswer, UpgradeMove } from '../../platform/postgres/queries/upgrades.ts';

// What an endpoint's answer means for its upgrade. Whoever answers may be anybody: nothing in an answer is trusted further
// than the endpoint it came from, and nothing in it may fail a statement that moves the records of others, too.

const MAX_CHECKS = 5;
const MAX_PID = 4_194_304;
const MAX_REASON = 500;
const YEAR_2100_MS = Date.UTC(2100, 0, 1);

/** The answer to the upgrade itself: the old agent's process, or why there is nothing to follow. */
export function afterUpgrade(answer: StepAnswer): UpgradeMove {
  const { commandid, agentpid, agentversion } = answer;
  if (!answer.success) {
    // It was killed in the middle: what it began may go on without it.
    if (isInterrupted(answer)) {
      return returned(commandid, agentversion, { oldpid: agentpid, reason: answer.error ?? undefined });
    }
    return { commandid, step: 'sent', outcome: 'failed', reason: reasonOf(answer) };
  }
  const { oldpid, oldversion, oldstarttime, newpid, message } = object(answer.elements);
  if (oldpid === undefined && typeof message === 'string') {
    return { commandid, step: 'done', outcome: 'done', reason: message.slice(0, MAX_REASON) };
  }
  if (!isPid(oldpid)) {
    return { commandid, step: 'sent', outcome: 'failed', reason: 'the answer tells no process id' };
  }
  return returned(commandid, oldversion ?? agentversion, {
    oldpid,
    oldstarttime: timeOf(oldstarttime),
    newpid: isPid(newpid) ? newpid : undefined,
  });
}

/** The version goes into orders that the platform signs: only one that is safe in a file name does. */
function returned(commandid: number, oldversion: unknown, facts: Partial<UpgradeMove>): UpgradeMove {
  if (typeof oldversion === 'string' && isSafeVersion(oldversion)) {
    return { commandid, step: 'old pid returned', oldversion, ...facts };
  }
  return { commandid, step: 'sent', outcome: 'failed', reason: 'the agent tells no usable version' };
}

/** The answer to the kill. One that is gone is as good as one that was killed; the check finds out. */
export function afterKill(answer: StepAnswer): UpgradeMove {
  const { commandid, error } = answer;
  if (answer.success || isInterrupted(answer) || /^PID '\d+' not found/.test(error ?? '')) {
    return { commandid, step: 'kill acknowledged' };
  }
  return { commandid, step: 'kill sent', outcome: 'lingering', reason: reasonOf(answer) };
}

/** The answer to the check: exactly one agent, the new one. Anything else is looked at again, but not for ever. */
export function afterCheck(answer: StepAnswer): UpgradeMove {
  const { commandid, checks, oldpid, toversion } = answer;
  const { agents } = object(answer.elements);
  const found = Array.isArray(agents) ? agents.map(agentOf) : undefined;
  if (answer.success && found?.length === 1 && found[0]?.version === toversion && found[0]?.pid !== oldpid) {
    return { commandid, step: 'one process found' };
  }
  if (checks < MAX_CHECKS) return { commandid, step: 'kill acknowledged' };
  const stop = (outcome: 'failed' | 'lingering', reason: string): UpgradeMove => ({
    commandid,
    step: 'check sent',
    outcome,
    reason,
  });
  if (!answer.success || found === undefined) return stop('failed', reasonOf(answer));
  const list = found
    .map(({ pid, version }) => `${wordOf(version)} with PID ${wordOf(pid)}`)
    .join(', ')
    .slice(0, MAX_REASON);
  if (found.some(({ pid }) => pid === oldpid)) return stop('lingering', `the old agent still runs: ${list}`);
  return stop(found.length > 1 ? 'lingering' : 'failed', `not the new agent alone runs: ${list || 'none'}`);
}

export function afterRemoval(answer: StepAnswer): UpgradeMove {
  const { commandid } = answer;
  if (answer.success) return { commandid, step: 'old binary removed' };
  return {
    commandid,
    step: 'removal sent',
    outcome: 'failed',
    reason: `the new agent runs, but the old executable was not removed: ${reasonOf(answer)}`,
  };
}

function isInterrupted({ error }: StepAnswer): boolean {
  return error?.startsWith('interrupted') ?? false;
}

function reasonOf({ status, error }: StepAnswer): string {
  return error ?? `the command ended as ${status}`;
}

function object(json: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? 'null');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isPid(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 1 && Number(value) <= MAX_PID;
}

function agentOf(value: unknown): { pid?: unknown; version?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Not every value can be made a text: an object may have a `toString` of its own. */
function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

/** A time at which a process can have begun; Postgres takes not everything that looks like one. */
function timeOf(value: unknown): string | undefined {
  const time = typeof value === 'string' ? toTimestamp(value) : undefined;
  if (time === undefined) return undefined;
  const ms = unixMillis(time);
  return ms > 0 && ms < YEAR_2100_MS ? time : undefined;
}
