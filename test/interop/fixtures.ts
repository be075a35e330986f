import { FILE_OPERATION } from '../../dev/api-caller.ts';
import { type Testbed, waitForFinalStatus } from '../../dev/simulation/testbed.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import type { Rig } from './rig.ts';

type Action = Parameters<Testbed['sign']>[0];

/** The agents that an action named `found by some` reached: the simulated ones find what is nowhere. */
export const FINDS = 'sim-0';
export const FINDS_NOTHING = 'agent-1';
const END_MS = 60_000;

const NOWHERE = {
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], names: ['^no-such-file$'], options: { maxdepth: 1 } } } },
};

/** An action that one agent has answered with a find. */
export const foundAction = (rig: Rig): Promise<number> =>
  launch(rig, { name: 'found by one', target: `name='agent-1'`, operations: [FILE_OPERATION] });

/** An action that one agent has answered with a find, and another without. */
export const dividedAction = (rig: Rig): Promise<number> =>
  launch(rig, {
    name: 'found by some',
    target: `name IN ('${FINDS}', '${FINDS_NOTHING}')`,
    operations: [NOWHERE],
  });

/** Launches an action and waits for its end. Returns its id. */
async function launch({ testbed }: Rig, action: Action): Promise<number> {
  const { id } = await testbed.post(await testbed.sign(action));
  await waitForFinalStatus(testbed, { actionId: id, timeoutMs: END_MS, everyMs: 200 });
  return id;
}

export function commandOf({ testbed }: Rig, actionId: number, agent: string): Promise<number> {
  return readId(testbed, {
    text: `SELECT commands.id
           FROM commands
           JOIN agents ON agents.id = agentid
           WHERE actionid = $1
           AND agents.name = $2`,
    values: [actionId, agent],
  });
}

export function agentId({ testbed }: Rig, name: string): Promise<number> {
  return readId(testbed, { text: 'SELECT id FROM agents WHERE name = $1', values: [name] });
}

export function investigatorId({ testbed }: Rig, name: string): Promise<number> {
  return readId(testbed, { text: 'SELECT id FROM investigators WHERE name = $1', values: [name] });
}

async function readId({ db }: Testbed, query: { text: string; values: unknown[] }): Promise<number> {
  const { id } = await readRow<{ id: string | number }>(db, query);
  return Number(id);
}
