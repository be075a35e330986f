import { z } from 'zod';
import { goObject, texts } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  paths: texts.nullable().default(null).register(option, {
    flag: 'path',
    value: 'path',
    text: 'where to search; by default the home folders',
    example: '/home',
  }),
  maxdepth: z.number().int().default(0).register(option, {
    flag: 'maxdepth',
    value: 'n',
    text: 'levels below the path, 1 to 1000; default 8, and 0 means 8',
  }),
});
export type Parameters = z.infer<typeof Parameters>;

const MAX_DEPTH = 1000;

/** Returns the first problem with the parameters, in MIG's words; undefined when there is none. */
export function findProblem({ maxdepth }: Parameters): string | undefined {
  if (maxdepth >= 0 && maxdepth <= MAX_DEPTH) return undefined;
  return `maxdepth should be specified from 0-${MAX_DEPTH}`;
}
