import { toTimestamp, unixMillis } from '../../contract/go/time.ts';
import { isSafeVersion } from '../../contract/rules/agent-version.ts';
import { MAX_CHECKS, stepAfter } from '../../contract/rules/upgrade-protocol.ts';
import type { UpgradeChange } from '../../platform/postgres/queries/upgrades/advance.ts';
import type { StepAnswer } from '../../platform/postgres/queries/upgrades/commands.ts';

// What an endpoint's answer means for its upgrade. An answer is hostile: nothing in it counts for another endpoint, and
// nothing in it may fail the statement that advances the records of others.

const MAX_PID = 4_194_304;
const MAX_REASON = 500;
const YEAR_2100_MS = Date.UTC(2100, 0, 1);

/** After the upgrade itself: the old agent's process, or why the upgrade ended there. */
export function decideAfterUpgrade(answer: StepAnswer): UpgradeChange {
  const { commandid, agentpid, agentversion } = answer;
  if (!answer.success) {
    // The agent was killed midway. The new version that it started may still take over.
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
    return { commandid, step: 'sent', outcome: 'failed', reason: 'the answer contains no process id' };
  }
  return returned(commandid, oldversion ?? agentversion, {
    oldpid,
    oldstarttime: timeOf(oldstarttime),
    newpid: isPid(newpid) ? newpid : undefined,
  });
}

/** The platform signs orders with this version in them, so it has to be safe in a file name. */
function returned(commandid: number, oldversion: unknown, facts: Partial<UpgradeChange>): UpgradeChange {
  if (typeof oldversion === 'string' && isSafeVersion(oldversion)) {
    return { commandid, step: stepAfter('sent'), oldversion, ...facts };
  }
  return { commandid, step: 'sent', outcome: 'failed', reason: 'the agent reported no usable version' };
}

/** After the kill. A process that was already gone counts as killed; the check verifies it. */
export function decideAfterKill(answer: StepAnswer): UpgradeChange {
  const { commandid, error } = answer;
  if (answer.success || isInterrupted(answer) || /^PID '\d+' not found/.test(error ?? '')) {
    return { commandid, step: stepAfter('kill sent') };
  }
  return { commandid, step: 'kill sent', outcome: 'lingering', reason: reasonOf(answer) };
}

/** After the check: exactly the new agent runs. Any other answer is checked again, `MAX_CHECKS` times at most. */
export function decideAfterCheck(answer: StepAnswer): UpgradeChange {
  const { commandid, checks, oldpid, toversion } = answer;
  const { agents } = object(answer.elements);
  const found = Array.isArray(agents) ? agents.map(agentOf) : undefined;
  if (answer.success && found?.length === 1 && found[0]?.version === toversion && found[0]?.pid !== oldpid) {
    return { commandid, step: stepAfter('check sent') };
  }
  if (checks < MAX_CHECKS) return { commandid, step: 'kill acknowledged' };
  const stop = (outcome: 'failed' | 'lingering', reason: string): UpgradeChange => ({
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
  return stop(
    found.length > 1 ? 'lingering' : 'failed',
    `the new agent does not run alone: ${list || 'none'}`,
  );
}

export function decideAfterRemoval(answer: StepAnswer): UpgradeChange {
  const { commandid } = answer;
  if (answer.success) return { commandid, step: stepAfter('removal sent') };
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

/** Strings and numbers only: an object may bring a `toString` of its own. */
function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

/** A time at which a process can have started; Postgres accepts no other. */
function timeOf(value: unknown): string | undefined {
  const time = typeof value === 'string' ? toTimestamp(value) : undefined;
  if (time === undefined) return undefined;
  const ms = unixMillis(time);
  return ms > 0 && ms < YEAR_2100_MS ? time : undefined;
}
