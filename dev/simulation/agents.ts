import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Capability } from '../../contract/capabilities.ts';
import { type Command, parseCommand } from '../../contract/command.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { createSemaphore, type Semaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import { createPublisher, type Publisher } from '../../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../../platform/rabbitmq/session.ts';
import { declareAgentQueue } from '../../platform/rabbitmq/topology.ts';
import { type AnswerDeps, answersOf } from './answer.ts';
import { assignBehaviours, type Behaviour, type Mix } from './behaviours.ts';
import { createLineCancels, isCommand, type LineCancels } from './cancels.ts';
import { heartbeatOf } from './heartbeat.ts';
import { Ledger } from './ledger.ts';
import { beginSuccessor, firstProcess, type Processes } from './upgrade.ts';

/** RabbitMQ's cost per consumer on one channel is quadratic. */
const CONSUMERS_PER_CHANNEL = 100;
/** Declaring is a round trip; so many channels do it at the same time. */
const CHANNELS_AT_ONCE = 20;
const HEARTBEATS_AT_ONCE = 100;
/**
 * Commands of one process that are acknowledged and not yet answered: an agent acknowledges at once, before it works. Beyond
 * so many what waits stays with the relay, one command of each agent aside.
 */
const COMMANDS_IN_HAND = 60_000;
/** Those of them that it works on. */
const COMMANDS_AT_ONCE = 300;
const FLAP_MS = 2_000;
const RETRY_MS = 1_000;

export interface SimulationOptions {
  relay: RelayOptions;
  log: Logger;
  count: number;
  prefix: string;
  /** Where their numbers begin; 0 by default. */
  firstIndex?: number;
  keyring: Keyring;
  acl: Acl;
  mix?: Mix;
  connections?: number;
  /** Milliseconds that a command takes on a slow agent, and on all others. */
  slowMs?: number;
  delayMs?: number;
  answerBytes?: number;
  /** Milliseconds that the new process of an upgrade takes until it registers. */
  startMs?: number;
  /** What they announce; nothing for agents of MIG, all that ours understand by default. */
  capabilities?: readonly Capability[];
}

export interface SimulatedAgents extends AsyncDisposable {
  queuelocs: string[];
  /** What was run, whatever the platform says of it. */
  ledger: Ledger;
  /** One heartbeat of every agent, spread evenly over so many milliseconds. */
  heartbeat(overMs?: number): Promise<void>;
  /** Those that were offline connect, and stay. */
  comeBack(): Promise<void>;
}

interface Identity {
  index: number;
  queueloc: string;
  behaviour: Behaviour;
  processes: Processes;
}

/** Many agent identities in one process over a few connections, with the agent's real verification. */
export async function startSimulatedAgents(options: SimulationOptions): Promise<SimulatedAgents> {
  const behaviours = assignBehaviours(options.count, options.mix ?? {});
  const identities = behaviours.map((behaviour, i): Identity => {
    const index = (options.firstIndex ?? 0) + i;
    const queueloc = `linux.${options.prefix}-${index}.${String(index).padStart(30, '0')}`;
    return { index, behaviour, queueloc, processes: firstProcess(index) };
  });
  const ledger = new Ledger();
  const { keyring, acl, answerBytes = 0 } = options;
  const inFlight = createSemaphore(COMMANDS_IN_HAND);
  const running = createSemaphore(COMMANDS_AT_ONCE);
  const lines = split(identities, options.connections ?? 1).map((part) =>
    openLine(part, options, { keyring, acl, answerBytes, ledger, inFlight, running }),
  );
  await Promise.all(lines.map(({ session }) => session.ready));
  const agents: SimulatedAgents = {
    queuelocs: identities.map(({ queueloc }) => queueloc),
    ledger,
    heartbeat: async (overMs = 0) => {
      await Promise.all(lines.map((line) => line.heartbeat(overMs)));
    },
    comeBack: async () => {
      await Promise.all(lines.map((line) => line.comeBack()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(lines.map((line) => line.end()));
    },
  };
  await agents.heartbeat();
  return agents;
}

interface Line {
  session: Session;
  end(): Promise<void>;
  heartbeat(overMs: number): Promise<void>;
  /** Without a relay at this moment they come with the next connection. */
  comeBack(): Promise<void>;
}

type LineDeps = AnswerDeps & { inFlight: Semaphore; running: Semaphore };

/** One connection and the agents on it. */
function openLine(identities: readonly Identity[], options: SimulationOptions, deps: LineDeps): Line {
  let publisher: Publisher | undefined;
  let isBack = false;
  let isOver = false;
  let connection: ChannelModel | undefined;

  const send = createSender(
    () => publisher,
    () => isOver,
  );
  const cancels = createLineCancels();
  const beat = async (agent: Identity, as: { pid: number; version: string }) =>
    publisher?.publish(heartbeatOf(agent, as, options.capabilities));
  const answer = async (agent: Identity, content: Buffer, begun: AbortSignal | undefined): Promise<void> => {
    const answersTo = (command: Command) =>
      answersOf(command, agent, { ...deps, cancelled: cancels.take(command, begun) });
    const answers = isCommand(content) ? await answersTo(parseCommand(content)) : [content];
    await Promise.all(answers.map(send));
    void beginSuccessor(agent, connection, {
      startMs: options.startMs ?? 0,
      run: (channel, message) => void run(agent, channel, message),
      announce: (as) => beat(agent, as),
    });
  };
  const run = async (agent: Identity, channel: Channel, message: ConsumeMessage): Promise<void> => {
    const { content } = message;
    if (cancels.obey(content)) return acknowledge(channel, message);
    const delayMs = agent.behaviour === 'slow' ? (options.slowMs ?? 1000) : (options.delayMs ?? 0);
    const begun = delayMs > 0 ? await cancels.pause(content, delayMs) : undefined;
    await deps.inFlight.withPermit(() => {
      acknowledge(channel, message);
      return deps.running.withPermit(() => answer(agent, content, begun));
    });
  };
  const connect = (agents: readonly Identity[], model: ChannelModel, restart: (why: string) => void) =>
    connectAgents(agents, {
      model,
      restart,
      cancels,
      onMessage: (agent, channel, message) => void run(agent, channel, message),
    });

  const { relay, log } = options;
  const session = startSession({
    relay,
    log,
    name: 'simulated agents',
    setupTimeoutMs: 600_000,
    setup: async (model, self) => {
      const channel = await model.createConfirmChannel();
      channel.on('error', (error) => self.restart(error.message));
      publisher = createPublisher(channel);
      connection = model;
      await cancels.consume(model, self.restart);
      const here = identities.filter(({ behaviour }) => isBack || behaviour !== 'offline');
      await connect(here, model, self.restart);
      for (const agent of identities) if (!here.includes(agent)) await declareOnly(agent, model);
    },
    onLost: () => {
      publisher = undefined;
    },
  });
  return {
    session,
    async end() {
      isOver = true;
      await session[Symbol.asyncDispose]();
    },
    heartbeat: (overMs) => spread(identities, overMs, (agent) => beat(agent, agent.processes)),
    async comeBack() {
      isBack = true;
      const absent = identities.filter(({ behaviour }) => behaviour === 'offline');
      const came = connection && connect(absent, connection, session.restart);
      await came?.catch((error: Error) => session.restart(error.message));
    },
  };
}

/** Declares and consumes the queues of agents, many on each channel. */
function connectAgents(
  agents: readonly Identity[],
  options: {
    model: ChannelModel;
    restart: (why: string) => void;
    cancels: LineCancels;
    onMessage: (agent: Identity, channel: Channel, message: ConsumeMessage) => void;
  },
): Promise<void> {
  return inTurns(split(agents, agents.length / CONSUMERS_PER_CHANNEL), CHANNELS_AT_ONCE, async (part) => {
    const channel = await options.model.createChannel();
    channel.on('error', (error: Error) => options.restart(error.message));
    await channel.prefetch(1); // for each consumer
    for (const one of part) {
      await attach(one, channel, (message) => options.onMessage(one, channel, message));
      await options.cancels.bind(channel, one);
    }
  });
}

/** Sends something of every agent, a hundred at the same time, evenly over so many milliseconds. */
async function spread(
  agents: readonly Identity[],
  overMs: number,
  sendOf: (agent: Identity) => Promise<unknown>,
): Promise<void> {
  const parts = split(agents, agents.length / HEARTBEATS_AT_ONCE);
  const began = performance.now();
  for (const [n, part] of parts.entries()) {
    await Promise.all(part.map(sendOf));
    await sleep(Math.max(0, began + ((n + 1) * overMs) / parts.length - performance.now()));
  }
}

/** Sends an answer until the relay has confirmed it, as an agent does from its disk. */
function createSender(publisher: () => Publisher | undefined, isOver: () => boolean) {
  return async (body: string | Buffer): Promise<void> => {
    while (!isOver()) {
      try {
        const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body };
        if ((await publisher()?.publish(message)) === 'confirmed') return;
      } catch {
        // the connection broke, or the relay is blocked
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  };
}

/** Declares the queue and consumes it; a flapping agent leaves it and returns, again and again. */
async function attach(
  { queueloc, behaviour }: Identity,
  channel: Channel,
  onMessage: (message: ConsumeMessage) => void,
): Promise<void> {
  const queue = await declareAgentQueue(channel, queueloc);
  const consume = () => channel.consume(queue, (message) => message && onMessage(message));
  const { consumerTag } = await consume();
  if (behaviour !== 'flapping') return;
  const flap = async (tag: string): Promise<void> => {
    await sleep(FLAP_MS * (0.5 + Math.random()), undefined, { ref: false });
    await channel.cancel(tag);
    await sleep(FLAP_MS * (0.5 + Math.random()), undefined, { ref: false });
    await flap((await consume()).consumerTag);
  };
  flap(consumerTag).catch(() => {}); // ends with the channel
}

/** An agent that was here once and is not now: its queue keeps what comes. */
async function declareOnly({ queueloc }: Identity, model: ChannelModel): Promise<void> {
  const channel = await model.createChannel();
  channel.on('error', () => {});
  await declareAgentQueue(channel, queueloc);
  await channel.close();
}

function acknowledge(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch {
    // the channel is gone: the relay sends it again
  }
}

/** So many parts, rounded up, of nearly the same length; in order, none is empty. */
function split<T>(items: readonly T[], parts: number): T[][] {
  const size = Math.ceil(items.length / Math.max(1, Math.ceil(parts)));
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size) result.push(items.slice(start, start + size));
  return result;
}

/** Works on all items, so many at a time. */
async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const take = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
}
