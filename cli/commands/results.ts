import { MigError } from '../../contract/errors.ts';
import { printAction } from '../action/investigate.ts';
import { requireActionId } from '../action/parse-action-id.ts';
import type { RowFormat } from '../action/result-rows.ts';
import { type CommandLine, parseCommandLine } from '../command-line.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';
import { readFormat } from '../terminal/output-format.ts';

const FLAGS = { jsonl: 'boolean', csv: 'boolean' } as const;

/** `mig results <id>`: prints the results of an action at any time, filtered like the output of a launch. */
export async function resultsCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args.map(spelled), {
    usage: USAGES.results,
    flags: FLAGS,
    allowed: ['show', 'answer', 'json'],
    words: [1, 1],
  });
  const id = requireActionId(given.words[0], 'results');
  const rows = readRowFormat(given);
  return printAction({ ...(await openSession(given.options)), rows }, id);
}

/**
 * `-group` is short for `-show grouped`, and `-in` for `-answer`. They are no options of every command, because modules have
 * flags of these names.
 */
function spelled(word: string): string {
  if (/^--?group$/.test(word)) return '-show=grouped';
  return word.replace(/^--?in(?==|$)/, '-answer');
}

/** Groups and lists of agents are no rows of results. */
function readRowFormat(given: CommandLine): RowFormat | undefined {
  const format = readFormat(given);
  if (format !== 'csv' && format !== 'jsonl') return undefined;
  const { show, answer } = given.options;
  if (answer !== undefined) throw new MigError('usage', `--${format} and -answer cannot be used together`);
  if (show !== 'grouped') return format;
  throw new MigError('usage', `--${format} and -show grouped cannot be used together`);
}
