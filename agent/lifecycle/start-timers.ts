import type { Resources } from '../../platform/async/resources.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentConfig } from '../config/config.ts';
import type { RelayLink } from './link-to-relay.ts';
import type { OfflineAgent } from './offline-agent.ts';
import { releaseAfterWork } from './release-memory.ts';

/** How often to consider returning memory to the system. */
const RELEASE_EVERY_MS = 10_000;

interface TimedAgent {
  config: Pick<AgentConfig, 'heartbeatMs' | 'refreshEnvMs'>;
  offline: Pick<OfflineAgent, 'own' | 'detectEnvironment'>;
  link: Pick<RelayLink, 'heartbeats' | 'deps'>;
  log: Logger;
}

/** Sends heartbeats, refreshes the environment and releases memory at intervals. */
export function startTimers({ config, offline, link, log }: TimedAgent, resources: Resources): void {
  const { heartbeats, deps } = link;
  const refreshEnvironment = async () => {
    if (!offline.own.updateEnvironment(await offline.detectEnvironment())) return;
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
