import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKey, signedAction } from '../../../dev/api-caller.ts';
import { writeMigConfiguration } from '../../../dev/mig-programs/mig-user.ts';
import { generateSigningKey } from '../../../platform/openpgp/generate.ts';
import type { Check } from '../check.ts';
import { type Expectations, expectOutput } from '../expect-output.ts';
import { commandOf, foundAction } from '../fixtures.ts';
import { newName } from '../platform-records.ts';
import type { Rig } from '../rig.ts';

/** What the verifier reads, and what it says. */
interface File extends Expectations {
  what: string;
  text: (rig: Rig) => Promise<string>;
}

const VALID = 'Valid signature';
const INVALID = /\[error\] /;

const changed = async (rig: Rig, change: (action: Record<string, unknown>) => void) => {
  const action = JSON.parse(await signedAction([rig.testbed.api.key]));
  change(action);
  return JSON.stringify(action);
};

const ACTIONS: readonly File[] = [
  { what: 'a signed action is valid', text: (rig) => changed(rig, () => {}), stdout: VALID },
  {
    what: 'an action that two have signed is valid',
    text: async (rig) => signedAction([rig.testbed.api.key, await loadKey(rig.people.john)]),
    stdout: VALID,
  },
  {
    what: 'an action as the platform returns it is valid',
    text: async (rig) => {
      const { body } = await rig.testbed.api.get(`/action?actionid=${await rig.once(foundAction)}`);
      return JSON.stringify(body.collection.items[0].data[0].value);
    },
    stdout: VALID,
  },
  {
    what: 'another target is found out',
    text: (rig) => changed(rig, (action) => Object.assign(action, { target: 'true' })),
    stdout: INVALID,
    never: /Valid signature/,
  },
  {
    what: 'another name is found out',
    text: (rig) => changed(rig, (action) => Object.assign(action, { name: 'another' })),
    stdout: INVALID,
    never: /Valid signature/,
  },
  {
    what: 'other operations are found out',
    text: (rig) => changed(rig, (action) => Object.assign(action, { operations: [] })),
    stdout: INVALID,
    never: /Valid signature/,
  },
  {
    what: 'a missing signature is reported',
    text: (rig) => changed(rig, (action) => Object.assign(action, { pgpsignatures: null })),
    stdout: 'action pgpsignatures is empty',
  },
  {
    what: 'an expired action is reported, and its signature is valid',
    text: (rig) =>
      signedAction([rig.testbed.api.key], {
        validFromMs: Date.now() - 7_200_000,
        expireAfterMs: Date.now() - 3_600_000,
      }),
    stdout: ['expireafter is in the past', VALID],
  },
  {
    what: 'the key of a stranger is reported',
    text: async (rig) => {
      const { privateKey } = await generateSigningKey('Stranger', 'stranger@mig.invalid');
      const privateKeyFile = join(rig.folder, newName('stranger'));
      writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
      return signedAction([await loadKey({ privateKeyFile })]);
    },
    stdout: INVALID,
    never: /Valid signature/,
  },
];

const ACTION_CHECKS: readonly Check[] = ACTIONS.map(({ what, text, ...expected }) => ({
  program: 'mig-action-verifier',
  shows: '-a',
  what: `-a: ${what}`,
  run: async (rig) => {
    const file = writeText(rig, await text(rig));
    expectOutput(await rig.run('mig-action-verifier', ['-a', file]), expected);
  },
}));

export const VERIFIER_CHECKS: readonly Check[] = [
  ...ACTION_CHECKS,
  {
    program: 'mig-action-verifier',
    shows: '-c',
    what: '-c: the action of a command is valid',
    run: async (rig) => {
      const id = await commandOf(rig, await rig.once(foundAction), 'agent-1');
      const { body } = await rig.testbed.api.get(`/command?commandid=${id}`);
      const file = writeText(rig, JSON.stringify(body.collection.items[0].data[0].value));
      expectOutput(await rig.run('mig-action-verifier', ['-c', file]), { stdout: VALID });
    },
  },
  {
    program: 'mig-action-verifier',
    shows: '-a -c',
    what: '-a -c: one of them is needed, and not both',
    run: async (rig) => {
      for (const args of [[], ['-a', '/dev/null', '-c', '/dev/null']]) {
        const run = await rig.run('mig-action-verifier', args);
        expectOutput(run, { status: 1, stdout: 'either an action file or a command file must be provided' });
      }
    },
  },
  {
    program: 'mig-action-verifier',
    shows: '-a',
    what: '-a: a missing file ends it with an error',
    run: async (rig) =>
      expectOutput(await rig.run('mig-action-verifier', ['-a', '/no/such/file']), {
        status: 2,
        stderr: 'no such file',
      }),
  },
  {
    program: 'mig-action-verifier',
    shows: '-conf',
    what: '-conf: reads the keyring that another configuration names',
    run: async (rig) => {
      const home = join(rig.folder, newName('home'));
      mkdirSync(home);
      const conf = join(home, 'migrc');
      writeMigConfiguration(conf, {
        apiUrl: rig.testbed.stack.api.url,
        gnupg: rig.john.gnupg,
        keyId: rig.john.key.fingerprint,
      });
      const file = writeText(rig, await changed(rig, () => {}));
      const run = await rig.run('mig-action-verifier', ['-conf', conf, '-a', file], { env: { HOME: home } });
      expectOutput(run, { stdout: VALID });
    },
  },
];

function writeText({ folder }: Rig, text: string): string {
  const path = join(folder, `${newName('verified')}.json`);
  writeFileSync(path, text);
  return path;
}
