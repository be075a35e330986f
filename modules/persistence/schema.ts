import { z } from 'zod';
import { goObject, recordOf, texts } from '../../contract/fields.ts';

/** Far more searches than any investigator writes. */
const MAX_SEARCHES = 10_000;
const list = texts.optional();

/** The ways in which something starts by itself. */
export const KINDS = [
  'systemd',
  'timer',
  'cron',
  'at',
  'init',
  'profile',
  'ssh-key',
  'kernel-module',
  'preload',
  'launchd',
  'run-key',
] as const;
export type Kind = (typeof KINDS)[number];

const Search = goObject({
  description: z.string().default(''),
  kinds: list,
  names: list,
  users: list,
  paths: list,
  mtimes: list,
  commands: list,
  /** Whether it starts by itself as things are. Absent when it does not matter. */
  enabled: z.boolean().optional(),
  options: goObject({
    matchall: z.boolean().default(false),
    matchlimit: z.number().default(0),
  }).prefault({}),
});
export type Search = z.infer<typeof Search>;

export const Parameters = goObject({ searches: recordOf(Search, MAX_SEARCHES).default({}) });
export type Parameters = z.infer<typeof Parameters>;

/** The lists of a search that contain checks, the cheapest first. */
export const FILTERS = ['kinds', 'names', 'users', 'paths', 'mtimes', 'commands'] as const;
export type Filter = (typeof FILTERS)[number];

/** The name of a filter's checks in flags and in results. */
export const CHECK_NAME: Record<Filter, string> = {
  kinds: 'kind',
  names: 'name',
  users: 'user',
  paths: 'path',
  mtimes: 'mtime',
  commands: 'command',
};
/** The filters whose values are regular expressions. */
export const PATTERNS: readonly Filter[] = ['names', 'paths', 'commands'];
