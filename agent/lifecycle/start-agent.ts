import { MigError } from '../../contract/errors.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import type { Logger } from '../../platform/log.ts';
import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { HandlerDeps, Work } from '../command/deps.ts';
import { openHandler } from '../command/open-handler.ts';
import { resumeInBackground } from '../command/resume-journal.ts';
import { BUILD } from '../config/build-info.ts';
import type { AgentConfig } from '../config/config.ts';
import { detectEnvironment } from '../environment/environment.ts';
import { detectHostName } from '../environment/host-name.ts';
import { detectMachine } from '../environment/machine.ts';
import { ClockCheck } from '../relay/clock-check.ts';
import { connectAgent } from '../relay/connect.ts';
import { createCommandConsumers } from '../relay/consume-commands.ts';
import { createDelivery } from '../relay/delivery.ts';
import { createHeartbeatFile } from '../relay/heartbeat-file.ts';
import { createHeartbeats } from '../relay/heartbeats.ts';
import { loadIdentity, noteIdentity } from '../relay/identity.ts';
import { Notices } from '../relay/notices.ts';
import { describeSelf } from '../relay/own-facts.ts';
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

async function assemble(
  { config, mode, role = 'agent', log }: StartOptions,
  resources: Resources,
): Promise<RunningAgent> {
  const { relay, proxies, heartbeatMs } = config;
  if (!relay) throw new MigError('config_invalid', 'no relay is configured: [agent] relay = amqps://...');
  resources.defer(takeLock(config.stateDir).release);
  const name = await detectHostName(config.hostname);
  const identity = loadIdentity({ ...config, name, machine: await detectMachine() });
  const { queueloc } = identity;

  const lastSteps = { upgrade: createSuccessorStart({ ...config, mode, log }) };
  const handler = await openHandler({ config, queueloc, lastSteps, log }, resources);
  const notices = new Notices({ log, report: handler.deps.report });
  noteIdentity(identity, notices);
  notices.noteSettings([...config.warnings, ...handler.keyProblems]);
  const own = await describeSelf({ ...config, mode, name, queueloc, notices });
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
  const heartbeats = createHeartbeats({ facts, heartbeatMs, clock, publisher, writeFile, log });
  const session = connectAgent({
    relay,
    proxies,
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
  resources.use(session);
  resumeInBackground(deps);

  const refreshEnvironment = async () => {
    if (!own.updateEnvironment(await detectEnvironment(config))) return;
    log.info('environment changed');
    heartbeats.send();
  };
  repeat(heartbeats.send, { everyMs: heartbeatMs, resources });
  repeat(() => void refreshEnvironment(), { everyMs: config.refreshEnvMs, resources });
  repeat(releaseAfterWork(deps.work), { everyMs: RELEASE_EVERY_MS, resources });
  writeFile(Date.now());
  const { limits } = handler;
  log.info(
    { queueloc, version: BUILD.version, mode, limits },
    role === 'waiting' ? 'agent waits to take over' : 'agent started',
  );

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
        facts,
        deps,
        relay,
        session,
        isConnected: currentPublisher !== undefined,
        limits,
        notices,
        isSuccessor: role === 'successor',
      }),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** An interval of 0 disables it. */
function repeat(work: () => void, { everyMs, resources }: { everyMs: number; resources: Resources }): void {
  if (everyMs <= 0) return;
  const timer = setInterval(work, everyMs);
  resources.defer(() => clearInterval(timer));
}
