import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, MigError } from '../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../contract/names.ts';
import { timestampFromMillis } from '../contract/rules/timestamps.ts';
import { releaseMemory } from '../modules/memory.ts';
import type { Logger } from '../platform/log.ts';
import { readKeyring } from '../platform/openpgp/keyring.ts';
import { createPlaces } from '../platform/places.ts';
import { createPublisher, type Publisher } from '../platform/rabbitmq/publish.ts';
import { type Session, startSession } from '../platform/rabbitmq/session.ts';
import { createResources } from '../platform/resources.ts';
import { ActiveCommands } from './active-commands.ts';
import { BUILD } from './build-info.ts';
import { Cancels } from './cancels.ts';
import { type HandlerDeps, MAX_COMMANDS, resumeJournal } from './command-handler.ts';
import { consumeCommands, consumeOwnCommands, type Work } from './commands.ts';
import type { AgentConfig } from './config.ts';
import { createDelivery } from './delivery.ts';
import { detectEnvironment } from './environment/environment.ts';
import { detectHostName } from './environment/host-name.ts';
import { type AgentFacts, heartbeatJson, writeHeartbeatFile } from './heartbeat.ts';
import { loadQueueloc } from './identity.ts';
import { Journal } from './journal.ts';
import { openLimits } from './limits/limits.ts';
import { Strikes } from './limits/strikes.ts';
import { takeLock } from './lock.ts';
import { createModuleRunner } from './module-runner.ts';
import { Report } from './report/report.ts';
import { createSuccessorStart } from './upgrade.ts';

export interface RunningAgent extends AsyncDisposable {
  facts: AgentFacts;
  work: Work;
  /** Resolves when the relay has been reached for the first time. */
  connected: Promise<void>;
  /** Answers that the relay does not have yet. */
  unconfirmed(): number;
  /** Waits until all that was begun has ended and is confirmed, or the limit is over; then nothing more begins. */
  settle(limitMs: number): Promise<void>;
  /** Begins nothing more, and waits until what was begun has ended, or the limit is over. */
  endWork(limitMs: number): Promise<void>;
  status(): unknown;
}

/** How often the agent looks whether it has memory to give back, and how long nothing must have happened. */
const RELEASE_EVERY_MS = 10_000;
const QUIET_MS = 3_000;
const BUSY_RELEASE_MS = 60_000;
const LOOK_EVERY_MS = 20;
/** Ten thousand agents that lose their relay in one moment come back over half a minute and more. */
const BACKOFF = { firstMs: 4_000, maxMs: 60_000 };

/** Connects outward, never listens on the network, and answers until it is closed. */
export async function startAgent(options: {
  config: AgentConfig;
  mode: 'daemon' | 'checkin';
  log: Logger;
  /** `waiting`: beside an old agent, which takes the endpoint's commands; `successor`: came from there. */
  role?: Role;
}): Promise<RunningAgent> {
  const resources = createResources();
  try {
    return await start({ role: 'agent', ...options }, resources);
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

export type Role = 'agent' | 'waiting' | 'successor';

async function start(
  { config, mode, log, role }: { config: AgentConfig; mode: 'daemon' | 'checkin'; log: Logger; role: Role },
  resources: ReturnType<typeof createResources>,
): Promise<RunningAgent> {
  const { relay } = config;
  if (!relay) throw new MigError('config_invalid', 'no relay is configured: [agent] relay = amqps://...');
  resources.defer(takeLock(config.stateDir).release);
  const name = await detectHostName(config.hostname);
  const queueloc = loadQueueloc(config.stateDir, name);
  const { handlerDeps, limits } = await openHandler({ config, mode, queueloc, log }, resources);
  const startedAt = timestampFromMillis(Date.now());
  const facts: AgentFacts = {
    ...{ name, queueloc, version: BUILD.version, mode, tags: config.tags },
    ...{ startedAt, refreshedAt: startedAt, environment: await detectEnvironment(config) },
  };
  const work: Work = { running: 0, isEnding: false, lastMs: performance.now() };
  let publisher: Publisher | undefined;
  const deps: HandlerDeps = {
    ...handlerDeps,
    deliver: createDelivery(handlerDeps, () => publisher),
  };
  const writeFile = onceAStreak(log, () => writeHeartbeatFile(config.runDir, facts, Date.now()));
  const beat = () => void sendHeartbeat({ config, log, facts, writeFile }, publisher);
  const session = resources.use(
    startSession({
      relay: { ...relay, heartbeatSeconds: 60 },
      ...{ name: `mig agent ${name}`, log, backoff: BACKOFF, proxies: config.proxies },
      setup: async (connection, self) => {
        const channel = await connection.createConfirmChannel();
        channel.on('error', (error) => self.restart(error.message));
        publisher = createPublisher(channel);
        setProxy(facts, self.proxy());
        const consuming = { deps, connection, session: self, work };
        const own = consumeOwnCommands(consuming);
        own.catch((error: unknown) => self.restart(errorMessage(error)));
        if (role !== 'waiting') await consumeCommands(consuming);
        // Who reads the heartbeat may send an order to this process at once.
        else await own;
        for (const commandId of deps.journal.unconfirmed()) deps.deliver(commandId);
        beat();
      },
      onLost: () => {
        publisher = undefined;
      },
    }),
  );
  void resumeJournal(deps).catch((error: unknown) =>
    log.error({ error: errorMessage(error) }, 'journal not resumed'),
  );
  every(resources, config.heartbeatMs, beat);
  every(resources, config.refreshEnvMs, () => void refresh({ config, facts, session, beat, log }));
  every(resources, RELEASE_EVERY_MS, releaseAfterWork(work));
  writeFile();
  log.info(
    { queueloc, version: BUILD.version, mode, limits: limits.how },
    role === 'waiting' ? 'agent waits for its turn' : 'agent started',
  );
  const unconfirmed = () => deps.journal.unconfirmed().length;
  return Object.assign(resources, {
    ...{ facts, work, connected: session.ready },
    unconfirmed,
    settle: async (limitMs: number) => {
      await waitUntil(() => work.running === 0 && unconfirmed() === 0, limitMs);
      work.isEnding = true;
    },
    endWork: async (limitMs: number) => {
      work.isEnding = true;
      await waitUntil(() => work.running === 0, limitMs);
    },
    status: () => ({
      ...statusOf({ facts, work, deps, isConnected: publisher !== undefined, limits: limits.how }),
      startedbyupgrade: role === 'successor',
    }),
  });
}

async function waitUntil(isSo: () => boolean, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (!isSo() && performance.now() < until) await sleep(LOOK_EVERY_MS);
}

/** Everything on disk and in the kernel that commands need. */
async function openHandler(
  {
    config,
    mode,
    queueloc,
    log,
  }: { config: AgentConfig; mode: 'daemon' | 'checkin'; queueloc: string; log: Logger },
  resources: ReturnType<typeof createResources>,
) {
  const { keyring, refused } = await readKeyring(config.armoredKeys.map((armored) => ({ armored })));
  for (const error of refused) log.warn({ reason: error.message }, 'agent key ignored');
  const journal = new Journal(config.stateDir, { sharedDir: config.sharedDir });
  resources.defer(() => journal.close());
  const report = new Report(config.sharedDir, { ...config.report, now: Date.now });
  resources.defer(() => report.close());
  const limits = openLimits(config.limits, log);
  resources.defer(limits.close);
  const strikes = new Strikes(config.stateDir);
  const runner = createModuleRunner({
    ...{ limits, strikes, log, now: Date.now, mask: config.extraPrivacy, configFile: config.file },
    lastSteps: { upgrade: createSuccessorStart({ config, mode, log }) },
  });
  const active = new ActiveCommands();
  return {
    handlerDeps: {
      config,
      keyring,
      journal,
      report,
      runner,
      queueloc,
      log,
      active,
      places: createPlaces(MAX_COMMANDS),
      cancels: new Cancels(),
      now: () => Date.now(),
    },
    limits,
  };
}

async function sendHeartbeat(
  {
    config,
    log,
    facts,
    writeFile,
  }: { config: AgentConfig; log: Logger; facts: AgentFacts; writeFile: () => void },
  publisher: Publisher | undefined,
): Promise<void> {
  if (!publisher) return;
  try {
    const outcome = await publisher.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_HEARTBEATS,
      body: heartbeatJson(facts, Date.now()),
      expirationMs: Math.round(Math.min(10 * config.heartbeatMs, 2 ** 32 - 1)),
    });
    if (outcome === 'refused') log.warn({ outcome }, 'heartbeat not sent');
    else writeFile();
  } catch (error) {
    log.warn({ error: errorMessage(error) }, 'heartbeat not sent');
  }
}

/** Looks at the environment again; a change is told at once. */
async function refresh({
  config,
  facts,
  session,
  beat,
  log,
}: {
  config: AgentConfig;
  facts: AgentFacts;
  session: Session;
  beat: () => void;
  log: Logger;
}): Promise<void> {
  const environment = await detectEnvironment(config);
  const before = JSON.stringify(facts.environment);
  facts.environment = environment;
  setProxy(facts, session.proxy());
  if (JSON.stringify(facts.environment) === before) return;
  facts.refreshedAt = timestampFromMillis(Date.now());
  log.info('environment changed');
  beat();
}

function setProxy(facts: AgentFacts, proxy: string | undefined): void {
  const { proxy: _before, ...environment } = facts.environment;
  facts.environment = {
    ...environment,
    isproxied: proxy !== undefined,
    ...(proxy === undefined ? {} : { proxy }),
  };
}

function statusOf({
  facts,
  work,
  deps,
  isConnected,
  limits,
}: {
  facts: AgentFacts;
  work: Work;
  deps: HandlerDeps;
  isConnected: boolean;
  limits: string;
}) {
  const { name, queueloc, version, mode, startedAt, environment, tags } = facts;
  return {
    ...{
      pid: process.pid,
      version,
      name,
      queueloc,
      mode,
      starttime: startedAt,
      connected: isConnected,
      limits,
    },
    ...{ running: work.running, unconfirmedanswers: deps.journal.unconfirmed().length, environment, tags },
  };
}

function every(resources: ReturnType<typeof createResources>, ms: number, act: () => void): void {
  if (ms <= 0) return;
  const timer = setInterval(act, ms);
  resources.defer(() => clearInterval(timer));
}

/** After the start and after every spell of work, when it has been over for a moment; once a minute while it lasts. */
function releaseAfterWork(work: Work): () => void {
  let releasedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const isQuiet = work.running === 0 && performance.now() - work.lastMs > QUIET_MS;
    const isDue = isQuiet || performance.now() - releasedMs > BUSY_RELEASE_MS;
    if (!isDue || work.lastMs <= releasedMs) return;
    releasedMs = performance.now();
    releaseMemory();
  };
}

/** A file that cannot be written (a read-only folder, a full disk) is said once, until it can be again. */
function onceAStreak(log: Logger, write: () => void): () => void {
  let isFailing = false;
  return () => {
    try {
      write();
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ error: errorMessage(error) }, 'heartbeat file not written');
      isFailing = true;
    }
  };
}
