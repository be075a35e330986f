import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import { createResources } from '../../platform/async/resources.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import { createPublisher, type Publisher } from '../../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../../platform/rabbitmq/session.ts';
import { ActiveCommands } from '../command/active-commands.ts';
import { Cancels } from '../command/cancels.ts';
import type { HandlerDeps, Work } from '../command/deps.ts';
import { MAX_COMMANDS, resumeJournal } from '../command/handle-message.ts';
import { Journal } from '../command/journal.ts';
import { readAgentKeys } from '../config/agent-keys.ts';
import { BUILD } from '../config/build-info.ts';
import type { AgentConfig } from '../config/config.ts';
import { detectEnvironment } from '../environment/environment.ts';
import { detectHostName } from '../environment/host-name.ts';
import { detectMachine } from '../environment/machine.ts';
import { ClockCheck } from '../relay/clock-check.ts';
import { consumeCommands, consumeOwnCommands } from '../relay/commands.ts';
import { createDelivery } from '../relay/delivery.ts';
import { type AgentFacts, heartbeatJson, writeHeartbeatFile } from '../relay/heartbeat.ts';
import { loadIdentity, noteIdentity } from '../relay/identity.ts';
import { Notices } from '../relay/notices.ts';
import { createOwnFacts, type OwnFacts } from '../relay/own-facts.ts';
import { Report } from '../report/report.ts';
import { openLimits } from '../run/limits/limits.ts';
import { Strikes } from '../run/limits/strikes.ts';
import { createModuleRunner } from '../run/module-runner.ts';
import { createEndings, type Endings } from './ending.ts';
import { takeLock } from './lock.ts';
import { releaseAfterWork } from './release-memory.ts';
import { createSuccessorStart } from './upgrade/upgrade.ts';

export interface RunningAgent extends AsyncDisposable, Endings {
  facts: AgentFacts;
  work: Work;
  /** Resolves when the relay has been reached for the first time. */
  connected: Promise<void>;
  /** Answers that the relay does not have yet. */
  unconfirmed(): number;
  /** Tells the platform, where it can be reached, that this process ends. */
  sayGoodbye(limitMs: number): Promise<void>;
  status(): unknown;
}

/** How often to consider returning memory to the system. */
const RELEASE_EVERY_MS = 10_000;
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
  const identity = loadIdentity({ ...config, name, machine: await detectMachine() });
  const { queueloc } = identity;
  const opened = await openHandler({ config, mode, queueloc, log }, resources);
  const { handlerDeps, limits, problems, ending } = opened;
  const notices = new Notices({ log, report: handlerDeps.report });
  noteIdentity(identity, notices);
  for (const [index, problem] of problems.entries()) notices.keep(`setting ${index}`, problem);
  const own = await describeSelf({ config, mode, name, queueloc, notices });
  const { facts } = own;
  const { work, active } = handlerDeps;
  let publisher: Publisher | undefined;
  const deps: HandlerDeps = {
    ...handlerDeps,
    deliver: createDelivery(handlerDeps, () => publisher),
  };
  const { beat, writeFile, sayGoodbye, clock } = createBeats({ config, log, own, notices }, () => publisher);
  const session = resources.use(
    startSession({
      relay: { ...relay, heartbeatSeconds: 60 },
      name: `mig agent ${name}`,
      log,
      backoff: BACKOFF,
      proxies: config.proxies,
      setup: async (connection, self) => {
        const channel = await connection.createConfirmChannel();
        channel.on('error', (error) => self.restart(error.message));
        publisher = createPublisher(channel);
        own.connected(self.proxy());
        const consuming = { deps, connection, session: self, clock };
        const consumingOwn = consumeOwnCommands(consuming);
        consumingOwn.catch((error: unknown) => self.restart(errorMessage(error)));
        if (role !== 'waiting') await consumeCommands(consuming);
        // Who reads the heartbeat may send an order to this process at once.
        else await consumingOwn;
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
  every(resources, config.refreshEnvMs, () => void refresh({ config, own, beat, log }));
  every(resources, RELEASE_EVERY_MS, releaseAfterWork(work));
  writeFile(Date.now());
  log.info(
    { queueloc, version: BUILD.version, mode, limits: limits.how },
    role === 'waiting' ? 'agent waits for its turn' : 'agent started',
  );
  const unconfirmed = () => deps.journal.unconfirmed().length;
  return Object.assign(resources, {
    facts,
    work,
    connected: session.ready,
    unconfirmed,
    ...createEndings({ work, active, ending, unconfirmed }),
    sayGoodbye,
    status: () => ({
      ...statusOf({ facts, work, deps, isConnected: publisher !== undefined, limits: limits.how }),
      relay: relayStatus({ relay, session }),
      notices: notices.list(),
      startedbyupgrade: role === 'successor',
    }),
  });
}

function createBeats(
  { config, log, own, notices }: { config: AgentConfig; log: Logger; own: OwnFacts; notices: Notices },
  publisher: () => Publisher | undefined,
): {
  beat: () => void;
  writeFile: (nowMs: number) => void;
  sayGoodbye: (limitMs: number) => Promise<void>;
  clock: ClockCheck;
} {
  const { facts } = own;
  const writeFile = onceAStreak(log, (nowMs) => writeHeartbeatFile(config.runDir, facts, nowMs));
  const send = (isLast: boolean) =>
    sendHeartbeat({ config, log, facts, clock, writeFile, isLast }, publisher());
  const beat = () => void send(false);
  const clock = new ClockCheck({
    notices,
    monotonic: () => performance.now(),
    changed: () => {
      if (own.noticed()) beat();
    },
  });
  return {
    beat,
    writeFile,
    clock,
    sayGoodbye: (limitMs) => Promise.race([send(true), sleep(limitMs, undefined, { ref: false })]),
  };
}

async function describeSelf({
  config,
  mode,
  name,
  queueloc,
  notices,
}: {
  config: AgentConfig;
  mode: 'daemon' | 'checkin';
  name: string;
  queueloc: string;
  notices: Notices;
}): Promise<OwnFacts> {
  const startedAt = timestampFromMillis(Date.now());
  const environment = await detectEnvironment(config);
  const base = { name, queueloc, version: BUILD.version, mode, tags: config.tags, startedAt, environment };
  return createOwnFacts(base, { notices, now: Date.now });
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
  const { keyring, problems } = await readAgentKeys(config);
  for (const problem of problems) log.warn({ problem }, 'configuration');
  const journal = new Journal(config.stateDir, { sharedDir: config.sharedDir });
  resources.defer(() => journal.close());
  const report = new Report(config.sharedDir, { ...config.report, now: Date.now });
  resources.defer(() => report.close());
  const limits = openLimits(config.limits, log);
  resources.defer(limits.close);
  const strikes = new Strikes(config.stateDir);
  const ending = new AbortController();
  const runner = createModuleRunner({
    limits,
    strikes,
    log,
    now: Date.now,
    mask: config.extraPrivacy,
    configFile: config.file,
    lastSteps: { upgrade: createSuccessorStart({ config, mode, log }) },
    ending: ending.signal,
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
      inFlight: createSemaphore(MAX_COMMANDS),
      cancels: new Cancels(),
      work: { running: 0, isEnding: false, lastMs: performance.now() },
      now: () => Date.now(),
    },
    limits,
    ending,
    problems: [...config.warnings, ...problems],
  };
}

async function sendHeartbeat(
  {
    config,
    log,
    facts,
    clock,
    writeFile,
    isLast,
  }: {
    config: AgentConfig;
    log: Logger;
    facts: AgentFacts;
    clock: ClockCheck;
    writeFile: (nowMs: number) => void;
    isLast: boolean;
  },
  publisher: Publisher | undefined,
): Promise<void> {
  if (!publisher) return;
  try {
    const now = Date.now();
    clock.sends(now);
    const outcome = await publisher.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_HEARTBEATS,
      body: heartbeatJson(facts, now, { isLast }),
      expirationMs: Math.round(Math.min(10 * config.heartbeatMs, 2 ** 32 - 1)),
    });
    if (outcome === 'refused') log.warn({ outcome }, 'heartbeat not sent');
    else {
      clock.wasTaken();
      writeFile(now);
    }
  } catch (error) {
    log.warn({ error: errorMessage(error) }, 'heartbeat not sent');
  }
}

/** Looks at the environment again; a change is told at once. */
async function refresh({
  config,
  own,
  beat,
  log,
}: {
  config: AgentConfig;
  own: OwnFacts;
  beat: () => void;
  log: Logger;
}): Promise<void> {
  if (!own.found(await detectEnvironment(config))) return;
  log.info('environment changed');
  beat();
}

function relayStatus({ relay, session }: { relay: RelayOptions; session: Session }) {
  return {
    address: `${relay.host}:${relay.port}`,
    proxy: session.proxy(),
    problem: session.problem(),
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
    pid: process.pid,
    version,
    name,
    queueloc,
    mode,
    starttime: startedAt,
    connected: isConnected,
    limits,
    running: work.running,
    unconfirmedanswers: deps.journal.unconfirmed().length,
    environment,
    tags,
  };
}

function every(resources: ReturnType<typeof createResources>, ms: number, act: () => void): void {
  if (ms <= 0) return;
  const timer = setInterval(act, ms);
  resources.defer(() => clearInterval(timer));
}

/** A file that cannot be written (a read-only folder, a full disk) is said once, until it can be again. */
function onceAStreak(log: Logger, write: (nowMs: number) => void): (nowMs: number) => void {
  let isFailing = false;
  return (nowMs) => {
    try {
      write(nowMs);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ error: errorMessage(error) }, 'heartbeat file not written');
      isFailing = true;
    }
  };
}
