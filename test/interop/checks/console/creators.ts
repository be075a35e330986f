import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKey } from '../../../../platform/openpgp/generate.ts';
import type { Check } from '../../check.ts';
import { newName, writeArchive } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

/** The answers to `create investigator`, with the last question unanswered. */
const investigator = (...answers: string[]) => ['create investigator', newName('created'), ...answers];
const CREATED = /Investigator 'created-\w+' successfully created with ID \d+/;

export const CREATOR_CHECKS: readonly Check[] = ordersOf('main', () => [], [
  {
    order: 'create investigator',
    what: 'with a public key in a file',
    lines: async (rig) => investigator('no', 'no', 'no', 'yes', await writePublicKey(rig), 'y'),
    stdout: [CREATED, '-----BEGIN PGP PUBLIC KEY BLOCK-----'],
  },
  {
    order: 'create investigator',
    what: 'without a key',
    lines: () => investigator('no', 'no', 'no', 'no', 'y'),
    stdout: CREATED,
  },
  {
    order: 'create investigator',
    what: 'with every set of permissions',
    lines: () => investigator('yes', 'yes', 'yes', 'no', 'y'),
    stdout: [CREATED, 'will have administrative permissions', 'loader management', 'manifest management'],
  },
  {
    order: 'create investigator',
    what: 'a key that an investigator has is refused',
    lines: async (rig) => {
      const file = await writePublicKey(rig, rig.people.john.publicKey);
      return investigator('no', 'no', 'no', 'yes', file, 'y');
    },
    stderr: /HTTP 409: publickey/,
    never: CREATED,
  },
  {
    order: 'create investigator',
    what: 'is left at the last question',
    lines: () => investigator('no', 'no', 'no', 'no', 'n'),
    stdout: 'abort',
    never: CREATED,
  },
  {
    order: 'create investigator',
    what: 'a short name is refused',
    lines: ['create investigator', 'ab'],
    stderr: 'input name too short',
  },
  {
    order: 'create investigator',
    what: 'another word than yes or no is refused',
    lines: ['create investigator', 'Some Body', 'maybe'],
    stderr: 'must specify yes or no',
  },
  {
    order: 'create investigator',
    what: 'with the fingerprint of a key on the configured server',
    lines: () => investigator('no', 'no', 'no', 'yes', `0x${'A'.repeat(40)}`),
    stdout: 'retrieving public key from http://127.0.0.1',
    fault: {
      place: 'client/mig-console/investigator.go, investigatorCreator',
      because:
        'a configured server of keys is ignored: it asks http://gpg.mozilla.org, which is gone, or an empty address',
      symptom: /lacks "retrieving public key from http:\/\/127/,
    },
  },
  {
    order: 'create loader',
    what: 'prints the key, once',
    lines: () => ['create loader', newName('created'), '', 'y'],
    stdout: [
      /prefix to supply to client will be "[A-Za-z0-9]{40}"/,
      /New entry successfully created \(id \d+\) but is disabled/,
    ],
  },
  {
    order: 'create loader',
    what: 'with an expected environment',
    lines: () => ['create loader', newName('created'), `env->>'os'='linux'`, 'y'],
    stdout: 'New entry successfully created',
  },
  {
    order: 'create loader',
    what: 'is left at the last question',
    lines: () => ['create loader', newName('left'), '', 'n'],
    stdout: 'abort',
    never: /successfully/,
  },
  {
    order: 'create loader',
    what: 'a short name is refused',
    lines: ['create loader', 'ab'],
    stderr: 'input name too short',
  },
  {
    order: 'create manifest',
    what: 'of an archive',
    lines: (rig) => ['create manifest', newName('created'), `name='nobody'`, writeArchive(rig), 'y'],
    stdout: ['"content": "..."', 'Manifest successfully created'],
  },
  {
    order: 'create manifest',
    what: 'is left at the last question',
    lines: (rig) => ['create manifest', newName('left'), `name='nobody'`, writeArchive(rig), 'n'],
    stdout: 'abort',
    never: /successfully/,
  },
  {
    order: 'create manifest',
    what: 'a short name is refused',
    lines: ['create manifest', 'ab'],
    stderr: 'input name too short',
  },
  {
    order: 'create manifest',
    what: 'a missing file is reported',
    lines: ['create manifest', 'no file', `name='nobody'`, '/no/such/file'],
    stderr: 'no such file or directory',
  },
]);

async function writePublicKey({ folder }: Rig, publicKey?: string): Promise<string> {
  const path = join(folder, `${newName('key')}.asc`);
  writeFileSync(path, publicKey ?? (await generateSigningKey('Some Body', 'some@mig.invalid')).publicKey);
  return path;
}
