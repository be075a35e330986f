import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { actionDigest, authorize } from '../agent/authorize.ts';
import { answerJson, refusal } from '../agent/execute.ts';
import { type Command, type ModuleResult, parseCommand } from '../contract/command.ts';
import { errorMessage } from '../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS, TIME_ZERO } from '../contract/names.ts';
import type { Acl } from '../contract/rules/acl.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import { timestampFromMillis } from '../contract/rules/timestamps.ts';
import type { Logger } from '../platform/log.ts';
import type { Keyring } from '../platform/openpgp/keyring.ts';
import { createPublisher, type Publisher } from '../platform/rabbitmq/publish.ts';
import { type RelayOptions, startSession } from '../platform/rabbitmq/session.ts';
import { declareAgentQueue } from '../platform/rabbitmq/topology.ts';

/** RabbitMQ's cost per consumer on one channel is quadratic. */
const CONSUMERS_PER_CHANNEL = 100;

export interface SimulatedAgents extends AsyncDisposable {
  queuelocs: string[];
  /** How often each command was run, by command id. */
  ledger: Map<number, number>;
  heartbeat(): Promise<void>;
}

export interface SimulationOptions {
  relay: RelayOptions;
  log: Logger;
  count: number;
  prefix: string;
  keyring: Keyring;
  acl: Acl;
  /** What every agent answers; a match by default. */
  answer?: (command: Command) => ModuleResult[];
  /** Milliseconds that a command takes. */
  delayMs?: number;
}

const FOUND: ModuleResult = {
  foundanything: true,
  success: true,
  elements: {},
  statistics: {},
  errors: null,
};

/** Many agent identities in one process, with the agent's real verification, and a ledger of what they ran. */
export async function startSimulatedAgents(options: SimulationOptions): Promise<SimulatedAgents> {
  const queuelocs = Array.from(
    { length: options.count },
    (_, i) => `linux.${options.prefix}-${i}.${String(i).padStart(30, '0')}`,
  );
  const ledger = new Map<number, number>();
  const ran = new Set<string>();
  let publisher: Publisher | undefined;
  const session = startSession({
    relay: options.relay,
    name: 'simulated agents',
    log: options.log,
    setup: async (connection, self) => {
      const channel = await connection.createConfirmChannel();
      channel.on('error', (error) => self.restart(error.message));
      const ours = createPublisher(channel);
      publisher = ours;
      for (let start = 0; start < queuelocs.length; start += CONSUMERS_PER_CHANNEL) {
        const consumers = await openChannel(connection, (why) => self.restart(why));
        for (const queueloc of queuelocs.slice(start, start + CONSUMERS_PER_CHANNEL)) {
          const queue = await declareAgentQueue(consumers, queueloc);
          await consumers.consume(queue, (message) => {
            if (message) void run({ options, queueloc, ledger, ran, publisher: ours }, consumers, message);
          });
        }
      }
    },
  });
  await session.ready;
  const agents: SimulatedAgents = {
    queuelocs,
    ledger,
    heartbeat: async () => {
      await Promise.all(queuelocs.map((queueloc, i) => publisher?.publish(heartbeat(queueloc, i))));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
  await agents.heartbeat();
  return agents;
}

async function openChannel(connection: ChannelModel, restart: (why: string) => void): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', (error: Error) => restart(error.message));
  return channel;
}

interface Running {
  options: SimulationOptions;
  queueloc: string;
  ledger: Map<number, number>;
  ran: Set<string>;
  publisher: Publisher;
}

async function run(context: Running, channel: Channel, message: ConsumeMessage): Promise<void> {
  const { options, queueloc, ledger, ran, publisher } = context;
  const command = parseCommand(message.content);
  channel.ack(message);
  let outcome: { status: string; results: ModuleResult[] };
  try {
    const now = Date.now();
    await authorize(command.action, {
      keyring: options.keyring,
      acl: options.acl,
      nowMs: now,
      signedTimeMs: 0,
    });
    const digest = `${queueloc} ${actionDigest(command.action)}`;
    if (!ran.has(digest)) {
      ran.add(digest);
      ledger.set(command.id, (ledger.get(command.id) ?? 0) + 1);
      if (options.delayMs) await new Promise((resolve) => setTimeout(resolve, options.delayMs));
    }
    outcome = {
      status: 'success',
      results: options.answer?.(command) ?? command.action.operations.map(() => FOUND),
    };
  } catch (error) {
    outcome = refusal(command.action, errorMessage(error));
  }
  const body = answerJson(command, queueloc, outcome);
  await publisher
    .publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body })
    .catch(() => {});
}

function heartbeat(queueloc: string, i: number) {
  const now = timestampFromMillis(Date.now());
  const body = encodeJson({
    ...{ name: queueloc.split('.')[1], queueloc, mode: 'daemon', version: '1-simulated', pid: 10_000 + i },
    ...{ starttime: now, destructiontime: TIME_ZERO, heartbeatts: now, refreshts: now },
    environment: {
      init: 'systemd',
      ident: 'Simulated',
      os: 'linux',
      arch: 'amd64',
      isproxied: false,
      aws: {},
      modules: ['file'],
    },
    tags: { operator: 'simulation' },
  });
  return { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_HEARTBEATS, body };
}
