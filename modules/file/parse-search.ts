import { MigError } from '../../contract/errors.ts';
import { parseGoFlags, refuseContradicted, refuseRest } from '../../contract/go/flags.ts';
import { readAs } from '../../contract/read-as.ts';
import { readOptions } from '../option.ts';
import { Flags, toParameters } from './flags.ts';
import { findExcess } from './parameters/excess.ts';
import { findFlagMistake } from './parameters/flag-mistakes.ts';
import { findMistake } from './parameters/mistakes.ts';
import { Parameters } from './parameters/schema.ts';
import { findProblemInSteps } from './parameters/validate.ts';

/** A search of module `file` that another module has as the words of a command line. */
export interface Search {
  parameters: Parameters;
  /** Returns the first excess over the API's limits; undefined when there is none. */
  findExcess(): string | undefined;
  /** Returns the first problem, yielding every few tens of milliseconds; undefined when there is none. */
  findProblemInSteps(): Generator<void, string | undefined>;
  /** Returns what can only be a mistake, as `mig file` does; undefined when there is none. */
  findMistake(): string | undefined;
}

/** Parses a search without checking its values. Throws MigError('usage') for flags that module `file` does not have. */
export function parseSearch(words: readonly string[]): Search {
  const kinds = Object.fromEntries(readOptions(Flags).map(({ flag, kind }) => [flag, kind]));
  const { values, rest, contradicted } = parseGoFlags(words, kinds);
  refuseRest(rest);
  refuseContradicted(contradicted);
  const parsed = readAs(Parameters, toParameters(values));
  if (!parsed.success) throw new MigError('usage', parsed.problem);
  const parameters = parsed.data;
  return {
    parameters,
    findExcess: () => findExcess(parameters),
    findProblemInSteps: () => findProblemInSteps(parameters),
    findMistake: () => findFlagMistake(values) ?? findMistake(parameters),
  };
}
