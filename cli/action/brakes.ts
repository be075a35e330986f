import * as routes from '../../contract/api/actions.ts';
import type { ActionView } from '../../contract/api-responses.ts';
import type { Brakes, BrakesView } from '../../contract/brakes.ts';
import { MINIMUM_ANSWERS } from '../../contract/rules/brakes/decide.ts';
import { mostWithin } from '../../contract/rules/brakes/pace.ts';
import { DAYS } from '../../contract/rules/brakes/windows.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { spanInWords } from '../../contract/text/span-in-words.ts';
import type { ApiClient } from '../api/api-client.ts';

/** An action with its counts, and its brakes if it has any. */
export function loadBraked(
  api: Pick<ApiClient, 'call'>,
  id: number,
): Promise<{ action: ActionView; brakes: BrakesView | undefined }> {
  return api.call(routes.getAction, { actionid: id, failures: true });
}

/** What brakes say, a line for each. */
export function brakesLines({ canary, perminute, windows = [], stopat }: Brakes): string[] {
  const lines: string[] = [];
  if (canary !== undefined) lines.push(canaryLine(canary));
  if (perminute !== undefined) lines.push(`at most ${perminute} agents a minute`);
  for (const { days, from, to, timezone } of windows) {
    lines.push(`only ${daysInWords(days)} ${from}-${to} ${timezone}`);
  }
  if (stopat !== undefined) lines.push(...stopLines(stopat));
  return lines.length === 0 ? ['none'] : lines;
}

/** What brakes do now, a line for each. */
export function brakesStateLines({ settings, state, answered, failed, matched }: BrakesView): string[] {
  const counted = settings.canary !== undefined || settings.stopat !== undefined;
  return [
    ...(state === null ? [] : [state]),
    ...(counted ? [`counted: ${countOf(answered, 'answer')}, ${failed} failed, ${matched} match`] : []),
  ];
}

/** What brakes will not do: ask all of about `agents` agents in time, or stop in time. */
export function limitNotes(brakes: Brakes, rest: { agents: number; withinMs: number }): string[] {
  return [slowRateNote(brakes, rest), lateStopNote(brakes)].filter((note) => note !== undefined);
}

/** What a rate means for an action that expires before all of its agents were asked; undefined when it is fast enough. */
export function slowRateNote(
  { perminute }: Brakes,
  { agents, withinMs }: { agents: number; withinMs: number },
): string | undefined {
  if (perminute === undefined) return undefined;
  const asked = mostWithin(perminute, withinMs);
  if (asked >= agents) return undefined;
  return `at this rate at most ${asked} of about ${agents} agents are asked before the action expires; the others are never asked, and end as expired`;
}

/** That a limit comes too late for commands that leave all at once; undefined when something holds them back. */
export function lateStopNote({ canary, perminute, stopat }: Brakes): string | undefined {
  if (stopat === undefined || canary !== undefined || perminute !== undefined) return undefined;
  return 'all commands leave before the first answers count, so that -stop-at may keep none back: add -canary or -rate';
}

/** What to do about an action that has stopped by itself. */
export function heldNote(id: number | string): string {
  return `mig resume ${id} goes on, mig cancel ${id} ends it, mig brakes ${id} shows and changes its brakes`;
}

function canaryLine({ agents, percent, waitseconds }: NonNullable<Brakes['canary']>): string {
  const who = agents === undefined ? `${percent} % of the agents` : countOf(agents, 'agent');
  const wait = waitseconds === undefined ? '' : `, or after ${secondsInWords(waitseconds)}`;
  return `a canary of ${who}; the others when it has answered${wait}`;
}

function secondsInWords(seconds: number): string {
  return seconds < 120 ? countOf(seconds, 'second') : spanInWords(seconds * 1000);
}

function stopLines({
  failedpercent,
  matchedpercent,
  minimumanswers = MINIMUM_ANSWERS,
}: NonNullable<Brakes['stopat']>): string[] {
  const of = `of ${minimumanswers} answers or more`;
  return [
    ...(failedpercent === undefined ? [] : [`stops when ${failedpercent} % ${of} failed`]),
    ...(matchedpercent === undefined ? [] : [`stops when ${matchedpercent} % ${of} match`]),
  ];
}

function daysInWords(days: readonly string[]): string {
  if (days.length === DAYS.length) return 'daily';
  return days.map((day) => `${day.charAt(0).toUpperCase()}${day.slice(1)}`).join(',');
}
