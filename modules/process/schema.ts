import { z } from 'zod';
import { goObject, recordOf, texts } from '../../contract/fields.ts';

/** Far more searches than any investigator writes. */
const MAX_SEARCHES = 10_000;
const list = texts.optional();

const Search = goObject({
  description: z.string().default(''),
  names: list,
  paths: list,
  users: list,
  started: list,
  parents: list,
  commands: list,
  files: list,
  sockets: list,
  sha256: list,
  /** Whether the executable was deleted. Absent when it does not matter. */
  deleted: z.boolean().optional(),
  options: goObject({
    matchall: z.boolean().default(false),
    matchlimit: z.number().default(0),
  }).prefault({}),
});
export type Search = z.infer<typeof Search>;

export const Parameters = goObject({ searches: recordOf(Search, MAX_SEARCHES).default({}) });
export type Parameters = z.infer<typeof Parameters>;

/** The lists of a search that contain checks, the cheapest first. */
export const FILTERS = [
  'names',
  'users',
  'started',
  'paths',
  'parents',
  'commands',
  'sockets',
  'files',
  'sha256',
] as const;
export type Filter = (typeof FILTERS)[number];

/** The name of a filter's checks in flags and in results. */
export const CHECK_NAME: Record<Filter, string> = {
  names: 'name',
  paths: 'path',
  users: 'user',
  started: 'started',
  parents: 'parent',
  commands: 'command',
  files: 'file',
  sockets: 'socket',
  sha256: 'sha256',
};
/** The filters whose values are regular expressions. */
export const PATTERNS: readonly Filter[] = ['names', 'paths', 'commands', 'files'];
