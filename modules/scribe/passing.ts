import type { RunClock } from '../../platform/async/run-clock.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import { evrMatches } from './evr.ts';
import type { PolicyTest } from './schema.ts';
import type { Criterion } from './source.ts';

/** The characters that are tested between two looks at the clock: tens of milliseconds for the slowest patterns. */
const STEP_CHARACTERS = 16 * 1024;
/** A short value takes as long as this many characters. */
const VALUE_CHARACTERS = 32;

/**
 * Which values pass a test: 1 for those that do. Returns undefined when the time was over. Throws for a bad pattern or
 * version.
 */
export async function findPassing(
  test: PolicyTest,
  { criteria, clock }: { criteria: readonly Criterion[]; clock: RunClock },
): Promise<Uint8Array | undefined> {
  const isTrue = evaluatorOf(test);
  const passing = new Uint8Array(criteria.length);
  let characters = 0;
  let index = 0;
  for (const { value } of criteria) {
    characters += value.length + VALUE_CHARACTERS;
    if (characters > STEP_CHARACTERS) {
      await clock.pause();
      if (clock.isOver()) return undefined;
      characters = 0;
    }
    passing[index] = isTrue(value) ? 1 : 0;
    index++;
  }
  return passing;
}

/** The first of the three that has a value; without one, every value is true. */
function evaluatorOf({ evr, regexp, exactmatch }: PolicyTest): (value: string) => boolean {
  if (evr.value !== '') return (value) => evrMatches(value, evr);
  if (regexp.value !== '') {
    const pattern = compilePattern(regexp.value);
    return (value) => pattern.test(value);
  }
  if (exactmatch.value !== '') return (value) => value === exactmatch.value;
  return () => true;
}
