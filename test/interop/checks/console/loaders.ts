import type { Check } from '../../check.ts';
import { newLoader } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterLoader = async (rig: Rig) => [`loader ${await newLoader(rig)}`];
const KEY_OF_LOADER = /prefix to supply to client will be "[A-Za-z0-9]{40}"/;

export const LOADER_ORDER_CHECKS: readonly Check[] = ordersOf('loader', enterLoader, [
  {
    order: 'enable',
    what: 'enables',
    lines: ['enable', 'json'],
    stdout: ['Loader has been enabled', 'reloaded', '"enabled": true'],
  },
  {
    order: 'disable',
    what: 'disables again',
    lines: ['enable', 'disable', 'json'],
    stdout: ['Loader has been disabled', '"enabled": false'],
  },
  {
    order: 'expectenv <expr>',
    what: 'sets the expected environment',
    lines: [`expectenv env->>'os'='linux'`, 'json'],
    stdout: ['Expected environment match set', /"expectenv": "env-.*os'='linux'"/],
  },
  {
    order: 'expectenv',
    what: 'removes it',
    lines: [`expectenv name='x'`, 'expectenv', 'json'],
    stdout: '"expectenv": ""',
  },
  {
    order: 'json',
    what: 'shows the prefix and never the key',
    lines: ['json'],
    stdout: [/"prefix": "[A-Za-z0-9]{8}"/, '"key": ""'],
  },
  {
    order: 'key',
    what: 'prints a new key after a question',
    lines: ['key', 'y'],
    stdout: ['Loader key changed', KEY_OF_LOADER],
  },
  {
    order: 'key',
    what: 'keeps the key after a question',
    lines: ['key', 'n'],
    stdout: 'generate new key',
    never: /Loader key changed/,
  },
  { order: 'r', what: 'reads the loader again', lines: ['r'], stdout: 'reloaded' },
  { order: 'help', what: 'lists the orders', lines: ['help'], stdout: 'set expected environment match' },
  { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
  {
    order: 'unknown',
    what: 'an unknown order is reported',
    lines: ['nonsense'],
    stdout: 'You are in loader reader mode',
  },
]);
