import { createListEntries, type ListEntries } from '../../platform/machine/directory/list-entries.ts';
import type { CompilePattern } from '../../platform/re2/pattern-compiler.ts';
import type { RunTerms } from '../module.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { createReadBuffer } from './filesystem/read-chunks.ts';
import type { Parameters } from './parameters/schema.ts';
import { createPlans, type Plan } from './plan/plan.ts';
import { createTally, type Tally } from './tally.ts';

/** Larger files are read after all others, the smallest first: one alone could use up the time. */
export const LARGE_FILE_BYTES = 1024 * 1024 * 1024;

/** The state that the steps of one run share. Buffer and lister are created once for a run, not for each file. */
export interface SearchRun {
  startedNs: bigint;
  terms: RunTerms;
  plans: readonly Plan[];
  /** True if one search has the option, as in MIG. */
  decompress: boolean;
  tally: Tally;
  deadline: Deadline;
  buffer: Buffer;
  listEntries: ListEntries;
}

/** Throws MigError for values that pass the validation but have no meaning. `compile` is that of the validation. */
export function createSearchRun(
  parameters: Parameters,
  { terms, compile }: { terms: RunTerms; compile: CompilePattern },
): SearchRun {
  const startedNs = process.hrtime.bigint();
  const startedMs = performance.now();
  const listEntries = createListEntries();
  const tally = createTally();
  const plans = createPlans(parameters, { nowMs: Date.now(), startedMs, listEntries, tally, compile });
  const lastBudgetMs = Math.max(...plans.map(({ endsAtMs }) => endsAtMs));
  const endsAtMs = Math.min(terms.endsAtMs, lastBudgetMs);
  return {
    startedNs,
    terms,
    plans,
    decompress: plans.some(({ search }) => search.options.decompress),
    tally,
    deadline: createDeadline(endsAtMs, { isOwnLimit: endsAtMs < terms.endsAtMs }),
    buffer: createReadBuffer(),
    listEntries,
  };
}
