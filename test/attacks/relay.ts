import {
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_HEARTBEATS,
  QUEUE_RELAY_MARKER,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { tryAsAgent } from '../setup/try-as-agent.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const RIGHTS = "the relay's rights of the agents' user";

function refused(name: string, attempt: (client: RelayClient, rig: Rig) => Promise<unknown>): Attack {
  return {
    name,
    holder: "the relay's agent password",
    wall: RIGHTS,
    async run(rig) {
      const outcome = await tryAsAgent(rig.slot, (client) => attempt(client, rig));
      return stoppedIf(/ACCESS_REFUSED/.test(outcome), brief(outcome));
    },
  };
}

const command = (queueloc: string) => ({
  exchange: EXCHANGE_TO_AGENTS,
  routingKey: `mig.agt.${queueloc}`,
  body: '{}',
});

export const RELAY_ATTACKS: readonly Attack[] = [
  refused("agent password: read other agents' answers", ({ channel }) =>
    channel.consume(QUEUE_RESULTS, () => {}),
  ),
  refused("agent password: read other agents' heartbeats", ({ channel }) => channel.get(QUEUE_HEARTBEATS)),
  refused('agent password: purge the answers', ({ channel }) => channel.purgeQueue(QUEUE_RESULTS)),
  refused('agent password: purge the heartbeats', ({ channel }) => channel.purgeQueue(QUEUE_HEARTBEATS)),
  refused('agent password: delete the queue of answers', ({ channel }) => channel.deleteQueue(QUEUE_RESULTS)),
  refused('agent password: delete the queue of heartbeats', ({ channel }) =>
    channel.deleteQueue(QUEUE_HEARTBEATS),
  ),
  refused('agent password: declare the queue of answers otherwise', ({ channel }) =>
    channel.assertQueue(QUEUE_RESULTS, { durable: false, maxLength: 1 }),
  ),
  refused("agent password: steal the platform's marker", ({ channel }) => channel.get(QUEUE_RELAY_MARKER)),
  refused("agent password: delete the platform's marker", ({ channel }) =>
    channel.deleteQueue(QUEUE_RELAY_MARKER),
  ),
  refused('agent password: send a command to an agent', (client, { victim }) =>
    client.publish(command(victim.queueloc)),
  ),
  refused('agent password: declare an exchange', ({ channel }) => channel.assertExchange('mine', 'fanout')),
  refused('agent password: delete an exchange', ({ channel }) => channel.deleteExchange(EXCHANGE_TO_AGENTS)),
  refused('agent password: bind a queue to all answers', ({ channel }, { own }) =>
    channel.bindQueue(`mig.agt.${own.queueloc}`, EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS),
  ),
  refused('agent password: bind the exchange of answers to that of commands', ({ channel }) =>
    channel.bindExchange(EXCHANGE_TO_AGENTS, EXCHANGE_TO_SCHEDULERS, 'x'),
  ),
  refused('agent password: declare a queue outside the names of agents', ({ channel }) =>
    channel.assertQueue('toworkers.mine'),
  ),
  refused('agent password: bind the queue of answers to commands', ({ channel }) =>
    channel.bindQueue(QUEUE_RESULTS, EXCHANGE_TO_AGENTS, 'mig.agt.linux.x.1'),
  ),
  {
    name: "agent password: divert another endpoint's commands through the exchange of answers",
    holder: "the relay's agent password",
    wall: 'agents bind no queue to the exchange of answers, so diverted commands end there',
    async run(rig) {
      const key = `mig.agt.${rig.victim.queueloc}`;
      const ownQueue = `mig.agt.${rig.own.queueloc}`;
      await using client = await openRelayClient(rig.slot, 'agent');
      // The queue still has commands of earlier attacks.
      const { messageCount: before } = await client.channel.checkQueue(ownQueue);
      await client.channel.bindExchange(EXCHANGE_TO_SCHEDULERS, EXCHANGE_TO_AGENTS, key);
      try {
        await rig.expectServing();
        const { messageCount } = await client.channel.checkQueue(ownQueue);
        const outcome = await tryAsAgent(rig.slot, ({ channel }) =>
          channel.bindQueue(ownQueue, EXCHANGE_TO_SCHEDULERS, key),
        );
        return stoppedIf(
          messageCount === before && /ACCESS_REFUSED/.test(outcome),
          brief(`the victim answers, the attacker has ${messageCount - before} commands more: ${outcome}`),
        );
      } finally {
        await client.channel.unbindExchange(EXCHANGE_TO_SCHEDULERS, EXCHANGE_TO_AGENTS, key);
      }
    },
  },
  {
    name: 'agent password: a thousand bindings between the exchanges, to slow commands down',
    holder: "the relay's agent password",
    wall: 'a command follows only the bindings of its own key',
    async run(rig) {
      const keys = Array.from({ length: 1_000 }, (_, index) => `mig.agt.linux.bound.${index}`);
      await using client = await openRelayClient(rig.slot, 'agent');
      const startMs = performance.now();
      await Promise.all(
        keys.map((key) => client.channel.bindExchange(EXCHANGE_TO_SCHEDULERS, EXCHANGE_TO_AGENTS, key)),
      );
      const boundMs = Math.round(performance.now() - startMs);
      try {
        await rig.expectServing();
        return stoppedIf(true, `bound within ${boundMs} ms; a good action was answered meanwhile`);
      } finally {
        await Promise.all(
          keys.map((key) => client.channel.unbindExchange(EXCHANGE_TO_SCHEDULERS, EXCHANGE_TO_AGENTS, key)),
        );
      }
    },
  },
  {
    name: "agent password: use another platform's virtual host",
    holder: "the relay's agent password",
    wall: RIGHTS,
    async run(rig) {
      const outcome = await openRelayClient({ ...rig.slot, name: 'nobody-has-this' }, 'agent').then(
        async (client) => {
          await client[Symbol.asyncDispose]();
          return 'allowed';
        },
        (error: Error) => error.message,
      );
      return stoppedIf(outcome !== 'allowed', brief(outcome));
    },
  },
];
