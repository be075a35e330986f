import { MigError } from '../../contract/errors.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import type { Logger } from '../../platform/log.ts';
import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { RelayOptions, Session } from '../../platform/rabbitmq/session.ts';
import type { HandlerDeps, Work } from '../command/deps.ts';
import { type OpenHandler, openHandler } from '../command/open-handler.ts';
import { resumeInBackground } from '../command/resume-journal.ts';
import { BUILD } from '../config/build-info.ts';
import type { AgentConfig } from '../config/config.ts';
import { createEnvironmentDetector, type EnvironmentDetector } from '../environment/environment.ts';
import { detectHostName } from '../environment/host-name.ts';
import { detectMachine } from '../environment/machine.ts';
import { ClockCheck } from '../relay/clock-check.ts';
import { connectAgent } from '../relay/connect.ts';
import { createCommandConsumers } from '../relay/consume-commands.ts';
import { createDelivery } from '../relay/delivery.ts';
import { createHeartbeatFile } from '../relay/heartbeat-file.ts';
import { createHeartbeats, type Heartbeats } from '../relay/heartbeats.ts';
import { loadIdentity, noteIdentity } from '../relay/identity.ts';
import { Notices } from '../relay/notices.ts';
import { describeSelf, type OwnFacts } from '../relay/own-facts.ts';
import { takeLock } from './lock.ts';
import { releaseAfterWork } from './release-memory.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { describeStatus } from './status.ts';
import { createSuccessorStart } from './upgrade/start-successor.ts';

export interface RunningAgent extends AsyncDisposable, Shutdown {
  work: Work;
  /** Resolves when the relay has been reached for the first time. */
  connected: Promise<void>;
  /** The number of answers that the relay has not confirmed. */
  unconfirmed(): number;
  /** Tells the platform, where it can be reached, that this process ends. */
  sayGoodbye(limitMs: number): Promise<void>;
  status(): unknown;
}

interface StartOptions {
  config: AgentConfig;
  mode: 'daemon' | 'checkin';
  /** `waiting`: beside an old agent, which handles the endpoint's commands; `successor`: took over from one. */
  role?: 'agent' | 'waiting' | 'successor';
  log: Logger;
}

/** How often to consider returning memory to the system. */
const RELEASE_EVERY_MS = 10_000;

/** Connects outward, never listens on the network, and answers commands until it is closed. */
export async function startAgent(options: StartOptions): Promise<RunningAgent> {
  const resources = createResources();
  try {
    return await assemble(options, resources);
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

async function assemble(options: StartOptions, resources: Resources): Promise<RunningAgent> {
  const { config, mode, role, log } = options;
  const { relay } = config;
  if (!relay) throw new MigError('config_invalid', 'no relay is configured: [agent] relay = amqps://...');
  resources.defer(takeLock(config.stateDir).release);
  const endpoint = await openEndpoint(options, resources);
  const link = linkToRelay(relay, { options, endpoint });
  resources.use(link.session);
  resumeInBackground(link.deps);
  startTimers({ config, endpoint, link, log }, resources);
  link.writeHeartbeatFile(Date.now());
  log.info(
    { queueloc: endpoint.queueloc, version: BUILD.version, mode, limits: endpoint.handler.limits },
    role === 'waiting' ? 'agent waits to take over' : 'agent started',
  );
  return {
    ...describeRunning(relay, { endpoint, link, isSuccessor: role === 'successor' }),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Everything that the agent has without a relay. */
interface Endpoint {
  name: string;
  queueloc: string;
  handler: OpenHandler;
  notices: Notices;
  own: OwnFacts;
  detectEnvironment: EnvironmentDetector;
}

async function openEndpoint({ config, mode, log }: StartOptions, resources: Resources): Promise<Endpoint> {
  const name = await detectHostName(config.hostname);
  const identity = loadIdentity({ ...config, name, machine: await detectMachine() });
  const { queueloc } = identity;
  const lastSteps = { upgrade: createSuccessorStart({ ...config, mode, log }) };
  const handler = await openHandler({ config, queueloc, lastSteps, log }, resources);
  const notices = new Notices({ log, report: handler.deps.report });
  noteIdentity(identity, notices);
  notices.noteSettings([...config.warnings, ...handler.keyProblems]);
  const detectEnvironment = createEnvironmentDetector(config);
  const { tags } = config;
  const own = await describeSelf({ mode, name, queueloc, tags, notices, detectEnvironment });
  return { name, queueloc, handler, notices, own, detectEnvironment };
}

/** The parts of the agent that talk to the relay. */
interface RelayLink {
  session: Session;
  deps: HandlerDeps;
  heartbeats: Heartbeats;
  writeHeartbeatFile: (nowMs: number) => void;
  isConnected: () => boolean;
}

function linkToRelay(
  relay: RelayOptions,
  { options, endpoint }: { options: StartOptions; endpoint: Endpoint },
): RelayLink {
  const { config, role, log } = options;
  const { name, handler, notices, own } = endpoint;
  const { facts } = own;
  let currentPublisher: Publisher | undefined;
  const publisher = () => currentPublisher;
  const deps: HandlerDeps = { ...handler.deps, deliver: createDelivery(handler.deps, publisher) };
  const clock = new ClockCheck({
    notices,
    monotonic: () => performance.now(),
    onChange: () => {
      if (own.updateNotices()) heartbeats.send();
    },
  });
  const writeFile = createHeartbeatFile({ ...config, facts, log });
  const heartbeats = createHeartbeats({ ...config, facts, clock, publisher, writeFile, log });
  const session = connectAgent({
    relay,
    proxies: config.proxies,
    name,
    consumesEndpointQueue: role !== 'waiting',
    consumers: createCommandConsumers({ deps, clock }),
    deps,
    heartbeats,
    own,
    onPublisher: (next) => {
      currentPublisher = next;
    },
    log,
  });
  return {
    session,
    deps,
    heartbeats,
    writeHeartbeatFile: writeFile,
    isConnected: () => currentPublisher !== undefined,
  };
}

function startTimers(
  { config, endpoint, link, log }: { config: AgentConfig; endpoint: Endpoint; link: RelayLink; log: Logger },
  resources: Resources,
): void {
  const { heartbeats, deps } = link;
  const refreshEnvironment = async () => {
    if (!endpoint.own.updateEnvironment(await endpoint.detectEnvironment())) return;
    log.info('environment changed');
    heartbeats.send();
  };
  repeat(heartbeats.send, { everyMs: config.heartbeatMs, resources });
  repeat(() => void refreshEnvironment(), { everyMs: config.refreshEnvMs, resources });
  repeat(releaseAfterWork(deps.work), { everyMs: RELEASE_EVERY_MS, resources });
}

/** An interval of 0 disables it. */
function repeat(work: () => void, { everyMs, resources }: { everyMs: number; resources: Resources }): void {
  if (everyMs <= 0) return;
  const timer = setInterval(work, everyMs);
  resources.defer(() => clearInterval(timer));
}

function describeRunning(
  relay: RelayOptions,
  { endpoint, link, isSuccessor }: { endpoint: Endpoint; link: RelayLink; isSuccessor: boolean },
): Omit<RunningAgent, typeof Symbol.asyncDispose> {
  const { handler, notices, own } = endpoint;
  const { session, deps, heartbeats, isConnected } = link;
  const { work, active, journal } = deps;
  const unconfirmed = () => journal.unconfirmed().length;
  return {
    ...createShutdown({ work, active, ending: handler.ending, unconfirmed }),
    work,
    connected: session.ready,
    unconfirmed,
    sayGoodbye: heartbeats.sayGoodbye,
    status: () =>
      describeStatus({
        facts: own.facts,
        deps,
        relay,
        session,
        isConnected: isConnected(),
        limits: handler.limits,
        notices,
        isSuccessor,
      }),
  };
}
