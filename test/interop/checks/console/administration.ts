import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Check } from '../../check.ts';
import { typeInConsole } from '../../console.ts';
import { expectOutput } from '../../expect-output.ts';
import { foundAction, investigatorId } from '../../fixtures.ts';
import { MANIFEST_FILES, newInvestigator, newLoader, newManifest, newName } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterBob = async (rig: Rig) => {
  await rig.once(foundAction);
  return [`investigator ${await investigatorId(rig, 'Bob Kelso')}`];
};
const enterNew = async (rig: Rig) => [`investigator ${await newInvestigator(rig)}`];
const enterLoader = async (rig: Rig) => [`loader ${await newLoader(rig)}`];
const enterManifest = async (rig: Rig) => [`manifest ${await newManifest(rig)}`];
const KEY_OF_INVESTIGATOR = /API key for investigator set to "[A-Za-z0-9]{32}"/;
const KEY_OF_LOADER = /prefix to supply to client will be "[A-Za-z0-9]{40}"/;

const INVESTIGATOR = [
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

const LOADER = ordersOf('loader', enterLoader, [
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

const HASHES = [...MANIFEST_FILES].map(([name, data]) => ({
  name,
  sha256: createHash('sha256').update(data).digest('hex'),
}));

const MANIFEST = [
  ...ordersOf('manifest', enterManifest, [
    {
      order: 'json',
      what: 'shows the manifest',
      lines: ['json'],
      stdout: ['"status": "staged"', '"content": "..."', `"target": "name='nobody'"`],
    },
    {
      order: 'entry',
      what: 'shows what a loader gets',
      lines: ['entry'],
      stdout: HASHES.map(({ sha256 }) => `"sha256": "${sha256}"`),
    },
    {
      order: 'shasum',
      what: 'prints the hashes of the files',
      lines: ['shasum'],
      stdout: HASHES.map(({ name, sha256 }) => `${sha256}  ${name}`),
    },
    {
      order: 'sign',
      what: 'adds a signature',
      lines: ['sign', 'r', 'json'],
      stdout: ['Manifest signature has been accepted', '"status": "staged"', /"signatures": \[\s+"/],
    },
    { order: 'sign', what: 'the same investigator signs once', lines: ['sign', 'sign'], stderr: /sign/ },
    {
      order: 'reset',
      what: 'removes the signatures',
      lines: ['sign', 'reset', 'r', 'json'],
      stdout: ['Manifest record has been reset', '"signatures": null'],
    },
    {
      order: 'disable',
      what: 'disables for good',
      lines: ['disable', 'r', 'json', 'reset'],
      stdout: ['Manifest record has been disabled', '"status": "disabled"'],
      stderr: /disabled/,
    },
    {
      order: 'loaders',
      what: 'lists the loaders that match, of which there are none',
      lines: ['loaders'],
      never: /"name":/,
    },
    { order: 'r', what: 'reads the manifest again', lines: ['r'], stdout: 'reloaded' },
    { order: 'fetch', what: 'misses its path', lines: ['fetch'], stdout: `must be 'fetch <path>'` },
    {
      order: 'help',
      what: 'lists the orders',
      lines: ['help'],
      stdout: 'output sha sums of manifest objects',
    },
    { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
    {
      order: 'unknown',
      what: 'an unknown order is reported',
      lines: ['nonsense'],
      stdout: 'You are in manifest reader mode',
    },
  ]),
  {
    program: 'mig-console' as const,
    shows: 'manifest: fetch <path>',
    what: 'fetch <path>: writes the archive',
    run: async (rig: Rig) => {
      const path = join(rig.folder, newName('fetched'));
      expectOutput(await typeInConsole(rig, [...(await enterManifest(rig)), `fetch ${path}`]), {});
      const archive = gunzipSync(readFileSync(path));
      if (!archive.includes('mig-agent')) throw new Error('the archive lacks mig-agent');
    },
  },
];

export const ADMINISTRATION_CHECKS: readonly Check[] = [...INVESTIGATOR, ...LOADER, ...MANIFEST];
