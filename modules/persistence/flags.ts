import { z } from 'zod';
import { texts } from '../../contract/fields.ts';
import type { ParsedFlags } from '../../contract/go/flags.ts';
import { option } from '../option.ts';
import { CHECK_NAME, FILTERS, KINDS } from './schema.ts';

const list = () => texts.optional();

/** The flags of one search, with their texts. */
export const Flags = z.object({
  kind: list().register(option, {
    flag: 'kind',
    value: 'kind',
    text: `one of ${KINDS.join(', ')}`,
    example: 'cron',
  }),
  name: list().register(option, {
    flag: 'name',
    value: 'regex',
    text: 'name of the unit, script, file or kernel module',
    example: '^backup',
  }),
  path: list().register(option, {
    flag: 'path',
    value: 'regex',
    text: 'path of the file that starts it',
    example: '^/home/',
  }),
  command: list().register(option, {
    flag: 'command',
    value: 'regex',
    text: 'a command that it starts; it is never returned',
    example: '(curl|wget) ',
  }),
  mtime: list().register(option, {
    flag: 'mtime',
    value: 'period',
    text: '<P file changed within, >P before; units d h m',
    example: '<7d',
  }),
  user: list().register(option, {
    flag: 'user',
    value: 'name or uid',
    text: 'the user that it runs as',
    example: 'root',
  }),
  enabled: z.boolean().register(option, {
    flag: 'enabled',
    text: 'it starts by itself as things are; -enabled=false for all others',
  }),
  matchall: z.boolean().register(option, { flag: 'matchall', text: 'all checks on the same item (default)' }),
  matchany: z.boolean().register(option, { flag: 'matchany', text: 'each check stands alone' }),
  matchlimit: z.number().register(option, {
    flag: 'matchlimit',
    value: 'n',
    text: 'stop a search after that many matches (default 1000, 0 = none)',
  }),
});

/** The command line describes one search, labelled `s1`. */
export function toParameters(values: ParsedFlags['values']) {
  const lists = FILTERS.flatMap((filter) => {
    const value = values[CHECK_NAME[filter]];
    return value === undefined ? [] : [[filter, value] as const];
  });
  return {
    searches: {
      s1: {
        ...Object.fromEntries(lists),
        ...(values.enabled === undefined ? {} : { enabled: values.enabled }),
        options: {
          matchall: values.matchany === true ? false : (values.matchall ?? true),
          matchlimit: values.matchlimit ?? 1000,
        },
      },
    },
  };
}

/** Returns a flag that would be ignored; undefined when there is none. */
export function findFlagMistake(values: ParsedFlags['values']): string | undefined {
  return values.matchall === true && values.matchany === true
    ? '-matchall and -matchany cannot be used together'
    : undefined;
}
