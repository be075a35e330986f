import { z } from 'zod';
import { errorMessage } from '../../contract/errors.ts';
import { goObject } from '../../contract/fields.ts';
import { parseGoDuration } from '../../contract/go/duration.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  drift: z.string().default('').register(option, {
    flag: 'drift',
    value: 'duration',
    text: 'compare with a time server; the difference that is acceptable',
    example: '5s',
  }),
});
export type Parameters = z.infer<typeof Parameters>;

/** Returns the problem with the parameters, in the words of Go; undefined when there is none. */
export function findProblem({ drift }: Parameters): string | undefined {
  try {
    if (drift !== '') parseGoDuration(drift);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** Returns a drift with which every clock is both behind and ahead; and any problem, with the name of the field. */
export function findMistake(parameters: Parameters): string | undefined {
  const mistake = driftMistake(parameters.drift);
  return mistake === undefined ? undefined : `drift ${JSON.stringify(parameters.drift)}: ${mistake}`;
}

export function driftMistake(drift: string): string | undefined {
  const problem = findProblem({ drift });
  if (problem !== undefined) return problem;
  return drift !== '' && parseGoDuration(drift) < 0n ? 'must not be negative' : undefined;
}
