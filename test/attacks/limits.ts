import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import { signedAction } from '../../dev/api-caller.ts';
import { commandJson, openRelayClient } from '../../dev/simulation/relay-client.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { tryAsAgent } from '../setup/try-as-agent.ts';
import { type Attack, brief, MAX_AGENT_MEGABYTES, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const CANCEL = 'a cancel can only make an agent do less, and is bounded';
const MEGABYTE = 1024 * 1024;

/** Messages that must neither end the agent nor fill its memory. */
function cancels(name: string, bodies: () => string[]): Attack {
  return {
    name: `hostile relay: ${name}`,
    holder: 'the relay',
    wall: CANCEL,
    async run(rig) {
      const { asRelay, victim } = rig;
      await Promise.all(bodies().map((body) => asRelay.sendCommand(victim.queueloc, body)));
      await rig.expectServing();
      const megabytes = Math.round(anonymousMegabytes(victim.pid()));
      return stoppedIf(megabytes < MAX_AGENT_MEGABYTES, `the agent goes on, with ${megabytes} MB`);
    },
  };
}

/** Returns how many of these messages of 1 MB the attacker's own queue, which has no consumer, accepted. */
async function fillOwnQueue(rig: Rig, count: number): Promise<number> {
  await using client = await openRelayClient(rig.slot, 'scheduler');
  const sent = await Promise.allSettled(
    Array.from({ length: count }, () => client.sendCommand(rig.own.queueloc, Buffer.alloc(MEGABYTE, 'x'))),
  );
  await rig.asAgent.channel.purgeQueue(`mig.agt.${rig.own.queueloc}`);
  return sent.filter((one) => one.status === 'fulfilled' && one.value === 'confirmed').length;
}

/** Attacks on the memory of the relay, and attacks with cancels, which need no signature. */
export const LIMIT_ATTACKS: readonly Attack[] = [
  {
    name: 'agent password: an answer of 100 MB',
    holder: "the relay's agent password",
    wall: 'the largest message of the relay',
    async run(rig) {
      const body = Buffer.alloc(100 * MEGABYTE, ' ');
      const outcome = await tryAsAgent(rig.slot, (client) =>
        client.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body }),
      );
      return stoppedIf(/PRECONDITION|larger than/i.test(outcome), brief(outcome));
    },
  },
  {
    name: 'hostile relay: thirty megabytes of commands for an agent that does not read',
    holder: 'the API host',
    wall: "the relay's policy for the queues of endpoints",
    async run(rig) {
      const taken = await fillOwnQueue(rig, 30);
      return stoppedIf(taken <= 16, `the queue took ${taken} MB`);
    },
  },
  cancels('a thousand cancels of a thousand commands that never come', () =>
    Array.from({ length: 1_000 }, (_, index) =>
      cancelOf(Array.from({ length: 1_000 }, (_, i) => 9_000_000 + index * 1_000 + i)),
    ),
  ),
  cancels('cancels of every wrong shape', () => [
    '{"cancel":{}}',
    '{"cancel":{"ids":[]}}',
    '{"cancel":{"ids":["x"]}}',
    '{"cancel":{"ids":[1e999]}}',
    '{"cancel":{"ids":[-1]}}',
    '{"cancel":7}',
    '{"cancel":{"ids":[1]},"action":{}}',
    '{"cancel":{"ids":[1]',
    cancelOf(Array.from({ length: 100_000 }, (_, index) => index)),
  ]),
  {
    name: 'hostile relay: a cancel with a command in it',
    holder: 'the relay',
    wall: CANCEL,
    async run(rig) {
      const { asRelay, victim } = rig;
      const id = await rig.plant(victim.queueloc);
      const action = await signedAction([rig.bob.key], { name: `carried ${Date.now()}` });
      await asRelay.sendCommand(
        victim.queueloc,
        `{"cancel":{"ids":[1]},${commandJson(id, action, victim.queueloc).slice(1)}`,
      );
      await rig.expectServing();
      const runs = victim
        .logged()
        .filter(({ msg, commandId }) => msg === 'command finished' && commandId === id);
      return stoppedIf(runs.length === 0, `run ${runs.length} time(s)`);
    },
  },
];

function cancelOf(ids: readonly number[]): string {
  return `{"cancel":{"ids":${JSON.stringify(ids)}}}`;
}
