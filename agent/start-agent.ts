import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChannelModel } from 'amqplib';
import { errorMessage } from '../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../contract/names.ts';
import { timestampFromMillis } from '../contract/rules/timestamps.ts';
import type { Logger } from '../platform/log.ts';
import { readKeyring } from '../platform/openpgp/keyring.ts';
import { createPublisher, type Publisher } from '../platform/rabbitmq/publish.ts';
import { type Session, startSession } from '../platform/rabbitmq/session.ts';
import { declareAgentQueue } from '../platform/rabbitmq/topology.ts';
import { createResources } from '../platform/resources.ts';
import { BUILD } from './build-info.ts';
import { type HandlerDeps, handleMessage, resumeJournal } from './command-handler.ts';
import type { AgentConfig } from './config.ts';
import { detectEnvironment } from './environment.ts';
import { type AgentFacts, heartbeatJson, writeHeartbeatFile } from './heartbeat.ts';
import { hostName, loadQueueloc } from './identity.ts';
import { Journal } from './journal.ts';

/** Commands that may run at the same time; the next one stays in the relay until one of them has ended. */
const MAX_COMMANDS = 4;

/** The daemon: connects outward, never listens, and answers until it is told to stop. */
export async function startAgent({
  config,
  log,
}: {
  config: AgentConfig;
  log: Logger;
}): Promise<AsyncDisposable> {
  const resources = createResources();
  const name = hostName(config.hostname);
  const queueloc = loadQueueloc(config.stateDir, name);
  const { keyring, refused } = await readKeyring(config.armoredKeys.map((armored) => ({ armored })));
  for (const error of refused) log.warn({ reason: error.message }, 'agent key ignored');
  const journal = new Journal(config.stateDir);
  resources.defer(() => journal.close());
  const startedAt = timestampFromMillis(Date.now());
  const facts: AgentFacts = {
    ...{ name, queueloc, version: BUILD.version, mode: 'daemon' as const, tags: config.tags },
    ...{ startedAt, refreshedAt: startedAt, environment: detectEnvironment() },
  };
  let publisher: Publisher | undefined;
  const deps: HandlerDeps = {
    ...{ config, keyring, journal, queueloc, log, now: Date.now },
    deliver: (commandId) => void deliver(deps, publisher, commandId),
  };
  const beat = () => void sendHeartbeat({ config, log, facts }, publisher);

  const session = startSession({
    relay: { ...config.relay, heartbeatSeconds: 60 },
    name: `mig agent ${name}`,
    log,
    setup: async (connection, self) => {
      const channel = await connection.createConfirmChannel();
      channel.on('error', (error) => self.restart(error.message));
      publisher = createPublisher(channel);
      await consumeCommands({ deps, connection, session: self });
      for (const commandId of journal.unconfirmed()) deps.deliver(commandId);
      beat();
    },
    onLost: () => {
      publisher = undefined;
    },
  });
  resources.use(session);
  void resumeJournal(deps).catch((error: unknown) =>
    log.error({ error: errorMessage(error) }, 'journal not resumed'),
  );
  const timer = setInterval(beat, config.heartbeatMs);
  resources.defer(() => clearInterval(timer));
  writeHeartbeatFile(config.runDir, facts, Date.now());
  writeFileSync(join(config.runDir, 'mig-agent.pid'), String(process.pid));
  log.info({ queueloc, version: BUILD.version }, 'agent started');
  return resources;
}

async function consumeCommands({
  deps,
  connection,
  session,
}: {
  deps: HandlerDeps;
  connection: ChannelModel;
  session: Session;
}) {
  const channel = await connection.createChannel();
  channel.on('error', (error) => session.restart(error.message));
  const queue = await declareAgentQueue(channel, deps.queueloc);
  await channel.prefetch(MAX_COMMANDS);
  let running = 0;
  const waiting: (() => void)[] = [];
  await channel.consume(queue, async (message) => {
    if (message === null) {
      session.restart('the relay cancelled the consumer');
      return;
    }
    if (running >= MAX_COMMANDS) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      await handleMessage(deps, message.content, () => channel.ack(message));
    } catch (error) {
      deps.log.error({ error: errorMessage(error) }, 'command not handled');
    } finally {
      running--;
      waiting.shift()?.();
    }
  });
}

/** The answer stays on disk until the relay confirmed it without returning it. */
async function deliver(
  { journal, log }: HandlerDeps,
  publisher: Publisher | undefined,
  commandId: number,
): Promise<void> {
  if (!publisher) return;
  try {
    const outcome = await publisher.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_RESULTS,
      body: journal.answer(commandId),
    });
    if (outcome === 'confirmed') journal.confirmed(commandId);
    else log.warn({ commandId }, 'answer returned by the relay');
  } catch (error) {
    log.warn({ commandId, error: errorMessage(error) }, 'answer not delivered yet');
  }
}

async function sendHeartbeat(
  { config, log, facts }: { config: AgentConfig; log: Logger; facts: AgentFacts },
  publisher: Publisher | undefined,
): Promise<void> {
  if (!publisher) return;
  try {
    const body = heartbeatJson(facts, Date.now());
    await publisher.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_HEARTBEATS,
      body,
      expirationMs: 10 * config.heartbeatMs,
    });
    writeHeartbeatFile(config.runDir, facts, Date.now());
  } catch (error) {
    log.warn({ error: errorMessage(error) }, 'heartbeat not sent');
  }
}
