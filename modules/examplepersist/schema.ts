import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  string: z.string().default('').register(option, {
    flag: 'echo',
    value: 'text',
    text: 'the text that the running module returns',
    example: 'hello',
  }),
});
export type Parameters = z.infer<typeof Parameters>;

/** Returns the problem with the parameters, in MIG's words; undefined when there is none. */
export function findProblem({ string }: Parameters): string | undefined {
  return string === '' ? 'must set a string to echo' : undefined;
}

/** The settings of `examplepersist.cfg`. */
export const Config = goObject({
  ExamplePersist: goObject({
    interval: z
      .number()
      .int()
      .default(0)
      .register(option, { text: 'seconds between two log messages; 0 or less means 30', value: 'seconds' }),
  }).prefault({}),
});
export type Config = z.infer<typeof Config>;
