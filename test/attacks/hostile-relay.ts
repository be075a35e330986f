import { generateKey, type PrivateKey } from 'openpgp';
import { FILE_OPERATION, loadKey, signedAction } from '../../dev/api-caller.ts';
import { commandJson } from '../../dev/simulation/relay-client.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import { deliver } from './deliver.ts';
import type { Rig } from './rig.ts';

/** A message that a hostile relay or server sends to a real agent. */
interface Forgery {
  name: string;
  wall: string;
  /** The expected answer of the agent. */
  refusal: RegExp;
  action: (rig: Rig, keys: Keys) => Promise<string>;
  queueloc?: string;
}

interface Keys {
  bob: PrivateKey;
  john: PrivateKey;
  scheduler: PrivateKey;
}

const SIGNATURES = 'the agent verifies every signature itself';
const ACL = "the agent's ACL";
const WINDOW = 'the signed window';
const SCOPE = 'the agent reads only commands for itself';

const FORGERIES: readonly Forgery[] = [
  {
    name: 'a command without a signature',
    wall: SIGNATURES,
    refusal: /pgpsignatures is empty/,
    action: () => signedAction([]),
  },
  {
    name: 'a command signed by a stranger under the name of an investigator',
    wall: SIGNATURES,
    refusal: /unknown entity/,
    action: async () => signedAction([await strangerCalledBob()]),
  },
  {
    name: 'a command whose operation was changed after signing',
    wall: SIGNATURES,
    refusal: /invalid signature/,
    action: async (_, { bob }) => (await signedAction([bob])).replace('^passwd$', '^shadow$'),
  },
  {
    name: 'a command whose target was changed after signing',
    wall: SIGNATURES,
    refusal: /invalid signature/,
    action: async (_, { bob }) =>
      (await signedAction([bob], { target: `name='nobody'` })).replace(`name='nobody'`, 'true'),
  },
  {
    name: 'a command whose end was moved after signing',
    wall: SIGNATURES,
    refusal: /invalid signature/,
    action: async (_, { bob }) =>
      (await signedAction([bob])).replace(/"expireafter":"\d{4}/, '"expireafter":"2999'),
  },
  {
    name: 'an investigator of too little weight alone',
    wall: ACL,
    refusal: /insufficient signatures weight/,
    action: (_, { john }) => signedAction([john]),
  },
  {
    name: 'one investigator of too little weight, signing twice',
    wall: ACL,
    refusal: /used to sign multiple times|insufficient/,
    action: (_, { john }) => signedAction([john, john]),
  },
  {
    name: "the platform's own key for an investigation",
    wall: ACL,
    refusal: /insufficient signatures weight|permission denied|unknown/,
    action: (_, { scheduler }) => signedAction([scheduler]),
  },
  {
    name: 'agentdestroy, signed by an investigator without the right to it',
    wall: ACL,
    refusal: /insufficient signatures weight|permission denied/,
    action: (_, { bob }) =>
      signedAction([bob], { operations: [{ module: 'agentdestroy', parameters: { pid: 1, version: '1' } }] }),
  },
  {
    name: 'a forbidden module behind an allowed one in the same action',
    wall: ACL,
    refusal: /insufficient signatures weight|permission denied/,
    action: (_, { bob }) =>
      signedAction([bob], {
        operations: [FILE_OPERATION, { module: 'agentdestroy', parameters: { pid: 1, version: '1' } }],
      }),
  },
  {
    name: 'a command that has expired',
    wall: WINDOW,
    refusal: /expireafter is in the past/,
    action: (_, { bob }) =>
      signedAction([bob], { validFromMs: Date.now() - 90_000, expireAfterMs: Date.now() - 30_000 }),
  },
  {
    name: 'a command before its start time',
    wall: WINDOW,
    refusal: /ValidFrom date is in the future/,
    action: (_, { bob }) =>
      signedAction([bob], { validFromMs: Date.now() + 600_000, expireAfterMs: Date.now() + 900_000 }),
  },
  {
    name: "another agent's command",
    wall: SCOPE,
    refusal: /for another agent/,
    action: (_, { bob }) => signedAction([bob]),
    queueloc: 'linux.somebody.else.1',
  },
  {
    name: 'a module that the agent does not have',
    wall: 'one list of modules, compiled in',
    refusal: /is not available|nosuchmodule/,
    action: (_, { bob }) => signedAction([bob], { operations: [{ module: 'nosuchmodule', parameters: {} }] }),
  },
  {
    name: 'a module name that is a path',
    wall: 'one list of modules, compiled in',
    refusal: /is not available|permission denied/,
    action: (_, { bob }) => signedAction([bob], { operations: [{ module: '../../bin/sh', parameters: {} }] }),
  },
  {
    name: 'a module name that is an option of the agent',
    wall: 'one list of modules, compiled in',
    refusal: /is not available|permission denied/,
    action: (_, { bob }) => signedAction([bob], { operations: [{ module: '-c', parameters: {} }] }),
  },
];

export const HOSTILE_RELAY_ATTACKS: readonly Attack[] = [
  ...FORGERIES.map(
    ({ name, wall, refusal, action, queueloc }): Attack => ({
      name: `hostile relay: ${name}`,
      holder: 'the relay',
      wall,
      async run(rig) {
        const text = await action(rig, await loadKeys(rig));
        const { status, text: answer } = await deliver(rig, rig.victim, text, queueloc);
        return stoppedIf(status === 'failed' && refusal.test(answer), brief(`${status}: ${answer}`));
      },
    }),
  ),
  {
    name: 'hostile relay: a command that ran, under a new id',
    holder: 'the relay',
    wall: 'digests of started actions until their window is over',
    async run(rig) {
      const { bob } = await loadKeys(rig);
      const action = await signedAction([bob], { name: `once ${Date.now()}` });
      const first = await deliver(rig, rig.victim, action);
      const second = await deliver(rig, rig.victim, action);
      const isReplayRefused = second.status === 'failed' && /replayed/.test(second.text);
      return stoppedIf(first.status === 'success' && isReplayRefused, brief(second.text));
    },
  },
  {
    name: 'hostile relay: a command that ran, under the same id',
    holder: 'the relay',
    wall: 'the journal: a known id is answered again, never run again',
    async run(rig) {
      const { bob } = await loadKeys(rig);
      const id = await rig.plant();
      const action = await signedAction([bob], { name: `same id ${Date.now()}` });
      const send = () =>
        rig.asRelay.sendCommand(rig.victim.queueloc, commandJson(id, action, rig.victim.queueloc));
      await send();
      await rig.answerTo(id);
      await send();
      await rig.expectServing();
      return countRuns(rig, id);
    },
  },
];

function countRuns({ victim }: Rig, id: number): Verdict {
  const runs = victim.logged().filter(({ msg, commandId }) => msg === 'command finished' && commandId === id);
  return stoppedIf(runs.length === 1, `run ${runs.length} time(s)`);
}

async function loadKeys({ slot: { people } }: Rig): Promise<Keys> {
  const [bob, john, scheduler] = await Promise.all([
    loadKey(people.bob),
    loadKey(people.john),
    loadKey(people.scheduler),
  ]);
  return { bob, john, scheduler };
}

async function strangerCalledBob(): Promise<PrivateKey> {
  const userIDs = [{ name: 'Bob Kelso', email: 'bob@mig.invalid' }];
  return (await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs, format: 'object' })).privateKey;
}
