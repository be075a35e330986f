import { z } from 'zod';
import { texts } from '../../contract/fields.ts';
import { matchFlags } from '../define-search.ts';
import { option } from '../option.ts';

const list = () => texts.optional();

/** The flags of one search, with their texts. */
export const Flags = z.object({
  name: list().register(option, {
    flag: 'name',
    value: 'regex',
    text: 'name of the process, or the last part of its path',
    example: '^sshd$',
  }),
  path: list().register(option, {
    flag: 'path',
    value: 'regex',
    text: 'path of the executable',
    example: '^/(tmp|dev/shm)/',
  }),
  user: list().register(option, {
    flag: 'user',
    value: 'name or uid',
    text: 'the effective user',
    example: 'www-data',
  }),
  started: list().register(option, {
    flag: 'started',
    value: 'period',
    text: '<P started within, >P before; units d h m',
    example: '<2h',
  }),
  parent: list().register(option, {
    flag: 'parent',
    value: 'pid or regex',
    text: 'pid, name or path of the parent',
    example: '^nginx$',
  }),
  command: list().register(option, {
    flag: 'command',
    value: 'regex',
    text: 'command line, with single blanks; it is never returned',
    example: ' --config=/tmp/',
  }),
  file: list().register(option, {
    flag: 'file',
    value: 'regex',
    text: 'path of an open file',
    example: '/shadow$',
  }),
  socket: list().register(option, {
    flag: 'socket',
    value: 'address',
    text: 'an open TCP or UDP socket: [local|remote] [ip or cidr][:port or :from-to]; an IPv6 address in brackets',
    example: 'remote 10.0.0.0/8:443',
  }),
  sha256: list().register(option, {
    flag: 'sha256',
    value: 'hex',
    text: 'SHA-256 of the running executable',
  }),
  deleted: z.boolean().register(option, {
    flag: 'deleted',
    text: 'the executable was deleted, or never was a file; -deleted=false for all others',
  }),
  ...matchFlags('process'),
});
