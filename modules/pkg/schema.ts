import { z } from 'zod';
import { goObject, texts } from '../../contract/fields.ts';
import { atOnce } from '../../platform/async/at-once.ts';
import { patternSize } from '../../platform/re2/program-size.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  pkgmatch: goObject({
    matches: texts.default([]).register(option, {
      flag: 'name',
      value: 'regex',
      text: 'name of the package',
      isRequired: true,
      example: '^openssl$',
    }),
  }).prefault({}),
  vermatch: z.string().default('').register(option, {
    flag: 'version',
    value: 'regex',
    text: 'version as printed, with its epoch; ! in front inverts',
    example: '^1\\.1\\.1',
  }),
});
export type Parameters = z.infer<typeof Parameters>;

/** The filter of versions, without the mark that inverts it. A lone `!` is a literal. */
export function versionFilter(vermatch: string): { pattern: string; isInverted: boolean } {
  const isInverted = vermatch.startsWith('!') && vermatch.length > 1;
  return { pattern: isInverted ? vermatch.slice(1) : vermatch, isInverted };
}

/** Returns the first problem, in MIG's order and words (spec/modules/pkg.md#parameters); undefined when there is none. */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every pattern: compiling one takes up to tens of milliseconds. */
export function* findProblemInSteps({ pkgmatch, vermatch }: Parameters): Generator<void, string | undefined> {
  if (pkgmatch.matches.length === 0) return 'must specify at least one package to match';
  for (const pattern of [...pkgmatch.matches, versionFilter(vermatch).pattern]) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) return problem;
    yield;
  }
  return undefined;
}

const MAX_PATTERNS = 100;
const MAX_PATTERN_SIZE = 10_000;

/** Returns the first excess over the API's limits, before any pattern is compiled. */
export function findExcess({ pkgmatch, vermatch }: Parameters): string | undefined {
  if (pkgmatch.matches.length > MAX_PATTERNS) return `pkgmatch.matches has more than ${MAX_PATTERNS} values`;
  const large = [...pkgmatch.matches, vermatch].find((pattern) => patternSize(pattern) > MAX_PATTERN_SIZE);
  return large === undefined ? undefined : `a pattern is too large: '${large.slice(0, 64)}'`;
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
