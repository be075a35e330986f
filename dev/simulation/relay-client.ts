import { readFileSync } from 'node:fs';
import { type Channel, type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib';
import { COMMAND_CAPABILITIES } from '../../contract/capabilities.ts';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import { agentQueue, EXCHANGE_TO_AGENTS, QUEUE_RESULTS } from '../../contract/names.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { createPublisher, type Outcome, type OutgoingMessage } from '../../platform/rabbitmq/publish.ts';
import { declareTopology } from '../../platform/rabbitmq/topology.ts';
import type { RelayUser, Services } from '../stack/services/services.ts';
import { waitFor } from '../wait-for.ts';

export interface RawAnswer {
  id: number;
  status: string;
  agent: { queueloc: string };
  results: { foundanything: boolean; errors: string[] | null; elements: unknown }[];
}

/** A connection as one of the relay's users, for raw messages: what an attacker with that user's password could send. */
export interface RelayClient extends AsyncDisposable {
  connection: ChannelModel;
  channel: Channel;
  confirm: ConfirmChannel;
  publish(message: OutgoingMessage): Promise<Outcome>;
  sendCommand(queueloc: string, body: string | Buffer): Promise<Outcome>;
  /** The answers consumed from the results queue so far, in order. */
  answers: RawAnswer[];
  /** Waits for the n-th answer (from 1) to a command. */
  answerTo(id: number, n?: number): Promise<RawAnswer>;
}

export async function openRelayClient(
  slot: { services: Services; name: string },
  user: RelayUser,
  options: { consumeResults?: boolean } = {},
): Promise<RelayClient> {
  const connection = await connectAs(user, slot);
  connection.on('error', () => {});
  const confirm = await connection.createConfirmChannel();
  const channel = await connection.createChannel();
  for (const one of [confirm, channel]) one.on('error', () => {});
  if (user === 'scheduler') await declareTopology(channel);
  const answers = options.consumeResults ? await consumeAnswers(channel) : [];
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

function connectAs(
  user: RelayUser,
  { services, name: vhost }: { services: Services; name: string },
): Promise<ChannelModel> {
  const { host, port, passwords, files } = services.relay;
  return connect(
    {
      protocol: 'amqps',
      hostname: host,
      port,
      vhost,
      username: user,
      password: passwords[user],
    },
    {
      ca: [readFileSync(files.ca)],
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
    },
  );
}

/** Returns a list that grows with every answer on the results queue. */
async function consumeAnswers(channel: Channel): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  const add = (message: ConsumeMessage | null) => {
    if (message) answers.push(JSON.parse(message.content.toString()));
  };
  await channel.consume(QUEUE_RESULTS, add, { noAck: true });
  return answers;
}

/** Returns a command as the platform sends it, around the JSON of an action. */
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
