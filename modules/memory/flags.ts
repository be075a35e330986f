import { z } from 'zod';
import { texts } from '../../contract/fields.ts';
import type { ParsedFlags } from '../../contract/go/flags.ts';
import { option } from '../option.ts';

/** The flags of one search, with their texts. */
export const Flags = z.object({
  name: texts.optional().register(option, {
    flag: 'name',
    value: 'regex',
    text: 'path of the executable',
    example: '/sshd$',
  }),
  lib: texts.optional().register(option, {
    flag: 'lib',
    value: 'regex',
    text: 'path of a mapped file, the executable excluded',
    example: 'libcrypto',
  }),
  bytes: texts.optional().register(option, {
    flag: 'bytes',
    value: 'hex',
    text: 'bytes in memory, two hex digits each',
    example: '7f454c46',
  }),
  content: texts.optional().register(option, {
    flag: 'content',
    value: 'regex',
    text: 'text in memory, compared with windows of 4096 bytes',
    example: 'BEGIN [A-Z]+ PRIVATE KEY',
  }),
  matchall: z
    .boolean()
    .register(option, { flag: 'matchall', text: 'all checks on the same process (default)' }),
  matchany: z.boolean().register(option, { flag: 'matchany', text: 'each check stands alone' }),
  offset: z
    .number()
    .register(option, { flag: 'offset', value: 'n', text: 'first address that is searched (default 0)' }),
  maxlength: z.number().register(option, {
    flag: 'maxlength',
    value: 'n',
    text: 'stop after about that many bytes of each process (default 0 = all)',
  }),
  maxdepth: z.number().register(option, { flag: 'maxdepth', value: 'n', text: "MIG's name for -offset" }),
  matchlimit: z.number().register(option, {
    flag: 'matchlimit',
    value: 'n',
    text: "MIG's name for -maxlength",
  }),
  logfailures: z
    .boolean()
    .register(option, { flag: 'logfailures', text: 'report the memory that could not be read' }),
});

/** The command line describes one search, which MIG labels `s1`. */
export function toParameters(values: ParsedFlags['values']) {
  const lists = { names: values.name, libraries: values.lib, bytes: values.bytes, contents: values.content };
  return {
    searches: {
      s1: {
        ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined)),
        options: toOptions(values),
      },
    },
  };
}

function toOptions(values: ParsedFlags['values']) {
  return {
    matchall: values.matchany === true ? false : (values.matchall ?? true),
    offset: values.offset ?? values.maxdepth ?? 0,
    maxlength: values.maxlength ?? values.matchlimit ?? 0,
    logfailures: values.logfailures ?? false,
  };
}

/** Returns a flag that would be ignored; undefined when there is none. */
export function findFlagMistake(values: ParsedFlags['values']): string | undefined {
  if (values.matchall === true && values.matchany === true)
    return '-matchall and -matchany cannot be used together';
  if (values.offset !== undefined && values.maxdepth !== undefined)
    return '-maxdepth is another name of -offset: use one of them';
  if (values.maxlength !== undefined && values.matchlimit !== undefined)
    return '-matchlimit is another name of -maxlength: use one of them';
  return undefined;
}
