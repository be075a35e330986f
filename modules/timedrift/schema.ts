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
