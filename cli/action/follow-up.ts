import { getAction } from '../../contract/api/actions.ts';
import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import { allModules, findModule } from '../../modules/all-modules.ts';
import { countAgents } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';
import { isAsked } from '../terminal/ask.ts';
import { splitShellWords } from '../terminal/split-shell-words.ts';
import { investigate } from './investigate.ts';
import type { Send } from './launch.ts';
import { buildTarget } from './target.ts';

/** Runs a command line of `mig`, given without the word `mig`. Returns its exit code. */
export type RunLine = (args: readonly string[]) => Promise<number>;

/** Which endpoints of an action are asked next. */
export type FollowedUp = 'found' | 'notfound';

export interface FollowUp {
  actionId: number;
  which: FollowedUp;
  /** The next question as it is typed, without `mig`; undefined to ask at the terminal. */
  words: readonly string[] | undefined;
  /** Names of saved questions to offer. */
  questions: readonly string[];
}

/** Watches an action that was posted, and with -follow-up offers the next question to the endpoints that matched. */
export function investigateFurther(run: RunLine, questions: () => readonly string[]): Send {
  return (session, action) =>
    investigate(session, action, async (actionId) => {
      if (!session.options.followUp) return undefined;
      return followUp(session, { actionId, which: 'found', words: undefined, questions: questions() }, run);
    });
}

/**
 * Asks the endpoints that an action matched the next question, as `mig` asks it with -target-found and the target of the
 * action: that target stays a part of the next one. Prints the line that does the same. Returns the exit code; undefined
 * when nothing was asked.
 */
export async function followUp(
  session: CliSession,
  next: FollowUp,
  run: RunLine,
): Promise<number | undefined> {
  const { output } = session;
  const options = await targetOptions(session, next);
  if (options === undefined) return undefined;
  const words = next.words ?? (await askWords(session, next));
  if (words === undefined) {
    output.note(`to ask them: mig <module> ${shellLine(options)} …`);
    return undefined;
  }
  if (words.length === 0) return undefined;
  const line = lineOf(words, options);
  output.note(shellLine(['mig', ...line]));
  return run(line);
}

/** The options that reach these endpoints and no others; undefined when there are none. */
async function targetOptions(
  session: CliSession,
  { actionId, which }: FollowUp,
): Promise<string[] | undefined> {
  const { api, output, options } = session;
  const { action } = await api.call(getAction, { actionid: actionId });
  const { target } = action;
  const id = String(actionId);
  const narrowed = which === 'found' ? { targetFound: id } : { targetNotFound: id };
  // The target of an action has no macros.
  const count = await countAgents(
    api,
    buildTarget(
      { ...options, targetFound: undefined, targetNotFound: undefined, ...narrowed, target: `(${target})` },
      new Map(),
    ),
  );
  const what = which === 'found' ? 'found something' : 'found nothing';
  if (count === 0) {
    output.note(`no agent that ${what} is left: there is nobody to ask further`);
    return undefined;
  }
  output.note(`${countOf(count, 'agent')} ${what}`);
  const config = options.configFile === undefined ? [] : ['-c', options.configFile];
  return [...config, `-target-${which}`, id, '-t', `(${target})`];
}

/** Asks at the terminal; undefined where nobody answers. */
async function askWords(session: CliSession, { questions }: FollowUp): Promise<string[] | undefined> {
  if (!isAsked(session)) return undefined;
  const { output, asker } = session;
  const modules = allModules().map(({ name }) => name);
  output.note(`the next question is a module with its flags: ${modules.join(', ')}`);
  if (questions.length > 0)
    output.note(`or a saved question: ${questions.map((name) => `ask ${name}`).join(', ')}`);
  const line = await asker.ask('the next question (nothing: none): mig ');
  return splitShellWords(line ?? '');
}

/** Before the flags of the module, the options are those of `mig`. */
function lineOf(words: readonly string[], options: readonly string[]): string[] {
  requireFollowUp(words);
  const [command = '', ...rest] = words;
  if (command !== 'ask') return [command, ...options, ...rest];
  const [question = '', ...values] = rest;
  return [command, question, ...options, ...values];
}

/** Refuses words that cannot be the next question. */
export function requireFollowUp([command = '', name]: readonly string[]): void {
  if (command === 'ask' && name !== undefined) return;
  if (findModule(command) !== undefined) return;
  const hint = didYouMean(
    command,
    allModules().map((module) => module.name),
  );
  throw new MigError(
    'usage',
    `a follow-up is a module with its flags, or ask with a saved question, not ${JSON.stringify(command)}${hint}; mig help lists the modules`,
  );
}
