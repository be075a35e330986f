import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { COMMAND_CAPABILITIES } from '../../contract/capabilities.ts';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import { agentQueue, EXCHANGE_TO_AGENTS, QUEUE_RESULTS } from '../../contract/names.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { createPublisher, type Outcome, type OutgoingMessage } from '../../platform/rabbitmq/publish.ts';
import { declareTopology } from '../../platform/rabbitmq/topology.ts';
import { type RelayUser, relayOptions, type Services } from '../stack/services.ts';
import { waitFor } from '../wait.ts';

export interface RawAnswer {
  id: number;
  status: string;
  agent: { queueloc: string };
  results: { foundanything: boolean; errors: string[] | null; elements: unknown }[];
}

/** One user on the relay of a slot, with raw messages: what an attacker with its password could send. */
export interface RelayClient extends AsyncDisposable {
  connection: ChannelModel;
  channel: Channel;
  confirm: ConfirmChannel;
  publish(message: OutgoingMessage): Promise<Outcome>;
  sendCommand(queueloc: string, body: string | Buffer): Promise<Outcome>;
  /** The answers taken off the results queue so far, in order. */
  answers: RawAnswer[];
  /** Waits for the n-th answer (from 1) to a command. */
  answerTo(id: number, n?: number): Promise<RawAnswer>;
}

export async function openRelayClient(
  slot: { services: Services; name: string },
  user: RelayUser,
  options: { consumeResults?: boolean } = {},
): Promise<RelayClient> {
  const relay = relayOptions(slot.services, user, slot.name);
  const connection = await connect(
    {
      protocol: 'amqps',
      hostname: relay.host,
      port: relay.port,
      vhost: relay.vhost,
      username: user,
      password: relay.password,
    },
    {
      ca: [Buffer.from(relay.ca ?? '')],
      cert: Buffer.from(relay.cert ?? ''),
      key: Buffer.from(relay.key ?? ''),
    },
  );
  connection.on('error', () => {});
  const confirm = await connection.createConfirmChannel();
  const channel = await connection.createChannel();
  for (const one of [confirm, channel]) one.on('error', () => {});
  if (user === 'scheduler') await declareTopology(channel);
  const answers: RawAnswer[] = [];
  if (options.consumeResults) {
    await channel.consume(
      QUEUE_RESULTS,
      (message) => {
        if (message) answers.push(JSON.parse(message.content.toString()));
      },
      { noAck: true },
    );
  }
  const publisher = createPublisher(confirm);
  return {
    connection,
    channel,
    confirm,
    answers,
    publish: publisher.publish,
    sendCommand: (queueloc, body) =>
      publisher.publish({ exchange: EXCHANGE_TO_AGENTS, routingKey: agentQueue(queueloc), body }),
    answerTo: (id, n = 1) =>
      waitFor(`answer ${n} to command ${id}`, () => answers.filter((answer) => answer.id === id)[n - 1], {
        timeoutMs: 30_000,
      }),
    [Symbol.asyncDispose]: () => connection.close().catch(() => {}),
  };
}

/** A command as the platform sends it, around the JSON of an action. */
export function commandJson(id: number, actionJson: string, queueloc: string): string {
  return encodeJson({
    id,
    action: new RawJson(actionJson),
    agent: { id: 1, name: 'test', queueloc, mode: 'daemon', version: '1', pid: 1 },
    status: 'sent',
    results: [],
    starttime: TIME_ZERO,
    finishtime: TIME_ZERO,
    capabilities: COMMAND_CAPABILITIES,
  });
}
