import { z } from 'zod';
import { texts } from '../../contract/fields.ts';
import { matchFlags } from '../define-search.ts';
import { option } from '../option.ts';
import { KINDS } from './schema.ts';

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
    text: 'only what starts by itself now; -enabled=false for all others',
  }),
  ...matchFlags('item'),
});
