import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Check } from '../../check.ts';
import { typeInConsole } from '../../console.ts';
import { expectOutput } from '../../expect-output.ts';
import { MANIFEST_FILES, newManifest, newName } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterManifest = async (rig: Rig) => [`manifest ${await newManifest(rig)}`];

const HASHES = [...MANIFEST_FILES].map(([name, data]) => ({
  name,
  sha256: createHash('sha256').update(data).digest('hex'),
}));

export const MANIFEST_CHECKS: readonly Check[] = [
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
