import {
  EXCHANGE_TO_AGENTS,
  QUEUE_HEARTBEATS,
  QUEUE_RELAY_MARKER,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { openRelayClient, type RelayClient } from '../setup/relay-client.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const RIGHTS = "the relay's rights of the agents' user";

/** Tries one thing with the password that every agent shares; what the relay said to it, or `allowed`. */
async function asAgent(rig: Rig, attempt: (client: RelayClient) => Promise<unknown>): Promise<string> {
  await using client = await openRelayClient(rig.slot, 'agent');
  const refusal = new Promise<string>((resolve) => {
    for (const channel of [client.channel, client.confirm])
      channel.on('error', (error) => resolve(error.message));
  });
  const allowed = attempt(client).then(
    () => 'allowed',
    () => refusal,
  );
  return await Promise.race([allowed, refusal]);
}

function refused(name: string, attempt: (client: RelayClient, rig: Rig) => Promise<unknown>): Attack {
  return {
    name,
    holder: "the relay's agent password",
    wall: RIGHTS,
    async run(rig) {
      const said = await asAgent(rig, (client) => attempt(client, rig));
      return stoppedIf(/ACCESS_REFUSED/.test(said), brief(said));
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
    channel.bindQueue(`mig.agt.${own.queueloc}`, 'toschedulers', QUEUE_RESULTS),
  ),
  refused('agent password: bind one exchange to another', ({ channel }) =>
    channel.bindExchange('toagents', 'toschedulers', 'x'),
  ),
  refused('agent password: declare a queue outside the names of agents', ({ channel }) =>
    channel.assertQueue('toworkers.mine'),
  ),
  refused('agent password: bind the queue of answers to commands', ({ channel }) =>
    channel.bindQueue(QUEUE_RESULTS, EXCHANGE_TO_AGENTS, 'mig.agt.linux.x.1'),
  ),
  {
    name: "agent password: use another platform's virtual host",
    holder: "the relay's agent password",
    wall: RIGHTS,
    async run(rig) {
      const said = await openRelayClient({ ...rig.slot, name: 'nobody-has-this' }, 'agent').then(
        async (client) => {
          await client[Symbol.asyncDispose]();
          return 'allowed';
        },
        (error: Error) => error.message,
      );
      return stoppedIf(said !== 'allowed', brief(said));
    },
  },
];
