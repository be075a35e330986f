import { MigError } from '../../contract/errors.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import type { Work } from '../command/deps.ts';
import { resumeInBackground } from '../command/journal/resume-journal.ts';
import { BUILD } from '../config/build-info.ts';
import { linkToRelay, type RelayLink } from './link-to-relay.ts';
import { acquireLock } from './lock.ts';
import { type OfflineAgent, openOfflineAgent, type StartOptions } from './offline-agent.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { startPersistent } from './start-persistent.ts';
import { startTimers } from './start-timers.ts';
import { describeStatus } from './status.ts';

export interface RunningAgent extends AsyncDisposable, Shutdown {
  work: Work;
  /** Resolves when the relay has been reached for the first time. */
  connected: Promise<void>;
  /** The number of answers that the relay has not confirmed. */
  unconfirmed(): number;
  /** Reports the end of this process to the platform, if the relay is connected. */
  sendLastHeartbeat(limitMs: number): Promise<void>;
  status(): unknown;
}

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

/** Throws `config_invalid` for a configuration without a relay. */
export function requireRelay({ relay }: StartOptions['config']): RelayOptions {
  if (relay) return relay;
  throw new MigError('config_invalid', 'no relay is configured: [agent] relay = amqps://...');
}

async function assemble(options: StartOptions, resources: Resources): Promise<RunningAgent> {
  const { config, mode, role, log } = options;
  const relay = requireRelay(config);
  resources.defer(acquireLock(config.stateDir).release);
  const offline = await openOfflineAgent(options, resources);
  const link = linkToRelay(relay, { options, offline });
  resources.use(link.session);
  resumeInBackground(link.deps);
  startTimers({ config, offline, link, log }, resources);
  await startPersistent({ options, offline, link }, resources);
  link.writeHeartbeatFile(Date.now());
  log.info(
    { queueloc: offline.queueloc, version: BUILD.version, mode, limits: offline.handler.limits.how },
    role === 'waiting' ? 'agent waits to take over' : 'agent started',
  );
  return {
    ...describeRunning(relay, { offline, link, isSuccessor: role === 'successor' }),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

function describeRunning(
  relay: RelayOptions,
  { offline, link, isSuccessor }: { offline: OfflineAgent; link: RelayLink; isSuccessor: boolean },
): Omit<RunningAgent, typeof Symbol.asyncDispose> {
  const { handler, notices, own } = offline;
  const { session, deps, heartbeats, isConnected } = link;
  const { work, active, journal } = deps;
  const unconfirmed = () => journal.unconfirmed().length;
  return {
    ...createShutdown({ work, active, ending: handler.ending, unconfirmed }),
    work,
    connected: session.ready,
    unconfirmed,
    sendLastHeartbeat: heartbeats.sendLastHeartbeat,
    status: () =>
      describeStatus({
        facts: own.facts,
        deps,
        relay,
        session,
        isConnected: isConnected(),
        limits: handler.limits.how,
        persistent: offline.persistent.states(),
        notices,
        isSuccessor,
      }),
  };
}
