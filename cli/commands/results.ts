import { MigError } from '../../contract/errors.ts';
import { type FollowedUp, followUp, type RunLine, requireFollowUp } from '../action/follow-up.ts';
import { printAction } from '../action/investigate.ts';
import { requireActionId } from '../action/parse-action-id.ts';
import type { RowFormat } from '../action/result-rows.ts';
import { type CommandLine, parseCommandLine, requireOneOf } from '../command-line.ts';
import { USAGES } from '../help/usages.ts';
import { openSeen } from '../questions/seen.ts';
import { openSession } from '../session.ts';
import { readFormat } from '../terminal/output-format.ts';

const FLAGS = { jsonl: 'boolean', csv: 'boolean' } as const;

/** `mig results <id>`: prints the results of an action at any time, filtered like the output of a launch. */
export async function resultsCommand(args: readonly string[], run: RunLine): Promise<number> {
  const { own, which, words } = splitFollowUp(args);
  const given = parseCommandLine(spelled(own), {
    usage: USAGES.results,
    flags: FLAGS,
    allowed: ['show', 'answer', 'json'],
    words: [1, 1],
  });
  const id = requireActionId(given.words[0], 'results');
  const rows = readRowFormat(given);
  const session = await openSession(given.options);
  const exitCode = await printAction({ ...session, rows }, id);
  if (which === undefined) return exitCode;
  const next = { actionId: id, which, words, questions: openSeen(session).names() };
  return (await followUp(session, next, run)) ?? exitCode;
}

/** `-follow-up found|notfound -- <module> …`: which endpoints are asked next, and what. */
function splitFollowUp(args: readonly string[]): {
  own: string[];
  which: FollowedUp | undefined;
  words: string[] | undefined;
} {
  const end = args.indexOf('--');
  const own = [...(end === -1 ? args : args.slice(0, end))];
  const words = end === -1 ? undefined : args.slice(end + 1);
  const at = own.findIndex((word) => /^--?follow-up(=|$)/.test(word));
  if (at === -1) {
    if (words === undefined) return { own, which: undefined, words };
    throw new MigError('usage', `what follows -- is asked with -follow-up; ${USAGES.results}`);
  }
  const [, inline] = /=(.*)$/.exec(own[at] ?? '') ?? [];
  const isNext = inline === undefined && /^[a-z]/i.test(own[at + 1] ?? '');
  const which = inline ?? (isNext ? own[at + 1] : 'found');
  own.splice(at, isNext ? 2 : 1);
  if (words?.length === 0) throw new MigError('usage', `after -- comes the next question; ${USAGES.results}`);
  if (words !== undefined) requireFollowUp(words);
  return { own, which: requireOneOf('-follow-up', which, ['found', 'notfound'] as const), words };
}

/**
 * `-group` is short for `-show grouped`, and `-in` for `-answer`. They are no options of every command, because modules have
 * flags of these names.
 */
function spelled(words: readonly string[]): string[] {
  const isIn = (word: string) => /^--?in(=|$)/.test(word);
  const isGroup = (word: string) => /^--?group$/.test(word);
  const hasIn = words.some(isIn);
  if (hasIn && words.some((word) => /^--?show(=|$)/.test(word)))
    throw new MigError(
      'usage',
      '-show and -in cannot be used together: -in lists agents, whatever they found',
    );
  // -in is about groups anyway.
  const told = hasIn ? words.filter((word) => !isGroup(word)) : words;
  return told.map((word) => (isGroup(word) ? '-show=grouped' : word.replace(/^--?in(?==|$)/, '-answer')));
}

/** Groups and lists of agents are no rows of results. */
function readRowFormat(given: CommandLine): RowFormat | undefined {
  const format = readFormat(given);
  if (format !== 'csv' && format !== 'jsonl') return undefined;
  const { show, answer } = given.options;
  if (answer !== undefined) throw new MigError('usage', `--${format} and -answer cannot be used together`);
  if (show !== 'grouped') return format;
  throw new MigError('usage', `--${format} and -show grouped cannot be used together: --json has the groups`);
}
