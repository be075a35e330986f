import { MigError } from '../../contract/errors.ts';
import { atOnce } from '../../platform/async/at-once.ts';
import { parseSearch, type Search } from '../file/parse-search.ts';
import type { Parameters } from './schema.ts';
import { splitWords } from './split-words.ts';

/**
 * Returns the first problem (spec/modules/yara.md#parameters); undefined when there is none. The rules are compiled when they
 * run.
 */
export const findProblem = atOnce((parameters: Parameters) => checkInSteps(parameters, () => undefined));

/** As `findProblem`, with the limits of the API on a search. */
export function findProblemInSteps(parameters: Parameters): Generator<void, string | undefined> {
  return checkInSteps(parameters, (search) => search.findExcess());
}

/** Returns a search that must be a mistake, or the first problem; undefined when there is none. */
export function findMistake(parameters: Parameters): string | undefined {
  const problem = findProblem(parameters);
  if (problem !== undefined || parameters.filesearch === '') return problem;
  return inSearch(searchOf(parameters).findMistake());
}

/** The search of parameters that are checked. */
export function searchOf({ filesearch }: Parameters): Search {
  const words = splitWords(filesearch);
  if (words[0] !== undefined && words[0] !== '' && words[0] !== 'help') return parseSearch(words);
  throw new MigError('usage', 'names no file: write flags of module file, as -path /bin -name .');
}

/** Without a search the rules are only compiled. */
function* checkInSteps(
  parameters: Parameters,
  findExcess: (search: Search) => string | undefined,
): Generator<void, string | undefined> {
  if (parameters.yara === '') return 'yara rules are a required option';
  if (parameters.filesearch === '') return undefined;
  try {
    const search = searchOf(parameters);
    return inSearch(findCount(search) ?? findExcess(search) ?? (yield* search.findProblemInSteps()));
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return inSearch(error.message);
  }
}

function findCount({ parameters: { searches } }: Search): string | undefined {
  const isCount = Object.values(searches).some(({ options }) => options.count);
  return isCount ? '-count finds no file to scan: leave it out' : undefined;
}

function inSearch(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `filesearch: ${problem}`;
}
