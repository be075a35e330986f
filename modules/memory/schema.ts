import { z } from 'zod';
import { goObject, recordOf, texts } from '../../contract/fields.ts';

/** Far more searches than any investigator writes. */
const MAX_SEARCHES = 10_000;
const list = texts.optional();

const Options = goObject({
  matchall: z.boolean().default(false),
  offset: z.number().default(0),
  maxlength: z.number().default(0),
  logfailures: z.boolean().default(false),
});

const Search = goObject({
  description: z.string().default(''),
  names: list,
  libraries: list,
  bytes: list,
  contents: list,
  options: Options.prefault({}),
});
export type Search = z.infer<typeof Search>;

export const Parameters = goObject({ searches: recordOf(Search, MAX_SEARCHES).default({}) });
export type Parameters = z.infer<typeof Parameters>;

/** The lists of a search that contain checks, in MIG's order of validation (spec/modules/memory.md#parameters). */
export const FILTERS = ['contents', 'names', 'libraries', 'bytes'] as const;
export type Filter = (typeof FILTERS)[number];

/** The name of a filter's checks in printed results. */
export const CHECK_NAME: Record<Filter, string> = {
  contents: 'content',
  names: 'name',
  libraries: 'library',
  bytes: 'byte',
};
