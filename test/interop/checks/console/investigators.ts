import type { Check } from '../../check.ts';
import { foundAction, investigatorId } from '../../fixtures.ts';
import { newInvestigator } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterBob = async (rig: Rig) => {
  await rig.once(foundAction);
  return [`investigator ${await investigatorId(rig, 'Bob Kelso')}`];
};
const enterNew = async (rig: Rig) => [`investigator ${await newInvestigator(rig)}`];
const KEY_OF_INVESTIGATOR = /API key for investigator set to "[A-Za-z0-9]{32}"/;

export const INVESTIGATOR_CHECKS: readonly Check[] = [
  ...ordersOf('investigator', enterBob, [
    {
      order: 'details',
      what: 'shows every field',
      lines: ['details'],
      stdout: [
        /^name {11}Bob Kelso$/m,
        'status         active',
        'permissions    Default,PermAdmin,PermLoader,PermManifest',
        /^key id {9}[0-9A-F]{40}$/m,
        /^created {8}20/m,
      ],
    },
    {
      order: 'pubkey',
      what: 'prints the public key',
      lines: ['pubkey'],
      stdout: '-----BEGIN PGP PUBLIC KEY BLOCK-----',
    },
    {
      order: 'lastactions',
      what: 'lists the last actions',
      lines: ['lastactions'],
      stdout: /\d{14} {5}\S.* 20\S+ {4}\w+/,
    },
    {
      order: 'lastactions <n>',
      what: 'lists as many',
      lines: ['lastactions 1'],
      stdout: /--\n\d{14} .*\n(?!\d)/,
    },
    {
      order: 'showperms',
      what: 'lists the sets of permissions',
      lines: ['showperms'],
      stdout: 'PermManifest\nPermLoader\nPermAdmin',
    },
    { order: 'r', what: 'reads the investigator again', lines: ['r'], stdout: 'Reload succeeded' },
    {
      order: 'help',
      what: 'lists the orders',
      lines: ['help'],
      stdout: 'enable or disable X-MIGAPIKEY access',
    },
    { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
    {
      order: 'unknown',
      what: 'an unknown order is reported',
      lines: ['nonsense'],
      stdout: 'You are in investigator mode',
    },
  ]),
  ...ordersOf('investigator', enterNew, [
    {
      order: 'setstatus disabled',
      what: 'disables',
      lines: ['setstatus disabled', 'details'],
      stdout: ['Investigator status set to disabled', 'status         disabled'],
    },
    {
      order: 'setstatus active',
      what: 'enables again',
      lines: ['setstatus disabled', 'setstatus active', 'details'],
      stdout: 'status         active',
    },
    {
      order: 'setstatus',
      what: 'an unknown status is refused',
      lines: ['setstatus retired'],
      stderr: /status/,
    },
    {
      order: 'setstatus',
      what: 'misses its word',
      lines: ['setstatus'],
      stdout: `must be 'setstatus <status>'`,
    },
    {
      order: 'setperms',
      what: 'sets the default permissions',
      lines: ['setperms', 'details'],
      stdout: 'permissions    Default\n',
    },
    {
      order: 'setperms <sets>',
      what: 'adds sets to the default',
      lines: ['setperms PermManifest PermLoader', 'details'],
      stdout: 'permissions    Default,PermLoader,PermManifest\n',
    },
    {
      order: 'setperms <sets>',
      what: 'an unknown set is reported',
      lines: ['setperms PermAll'],
      stderr: 'invalid permission "PermAll"',
    },
    {
      order: 'apikey active',
      what: 'prints a new key',
      lines: ['apikey active', 'details'],
      stdout: [KEY_OF_INVESTIGATOR, 'api key set    true'],
    },
    {
      order: 'apikey active',
      what: 'replaces a key after a question',
      lines: ['apikey active', 'apikey active', 'y'],
      stdout: [
        /(API key for investigator set to "[A-Za-z0-9]{32}"[\s\S]*){2}/,
        'already has an assigned API key',
      ],
    },
    {
      order: 'apikey active',
      what: 'keeps a key after a question',
      lines: ['apikey active', 'apikey active', 'n'],
      stdout: KEY_OF_INVESTIGATOR,
      never: /(API key for investigator set[\s\S]*){2}/,
    },
    {
      order: 'apikey disabled',
      what: 'removes the key',
      lines: ['apikey active', 'apikey disabled', 'details'],
      stdout: 'api key set    false',
    },
    { order: 'apikey', what: 'misses its word', lines: ['apikey'], stdout: `must be 'apikey <status>'` },
  ]),
];
