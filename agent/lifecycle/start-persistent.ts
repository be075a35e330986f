import type { Resources } from '../../platform/async/resources.ts';
import { startPersistentModules } from '../persistent/persistent-modules.ts';
import type { RelayLink } from './link-to-relay.ts';
import type { OfflineAgent, StartOptions } from './offline-agent.ts';

/** The longest reason in a notice. */
const MAX_NOTICE = 300;

/**
 * Starts the persistent modules of a daemon. An agent that waits to take over starts none, because the sockets still belong
 * to the one before; nor does a check-in, which ends at once.
 */
export async function startPersistent(
  {
    options,
    offline,
    link,
  }: { options: StartOptions; offline: OfflineAgent; link: Pick<RelayLink, 'heartbeats'> },
  resources: Resources,
): Promise<void> {
  const { config, mode, role, isWithoutPersistent = false, log } = options;
  if (mode !== 'daemon' || role === 'waiting' || isWithoutPersistent || !config.startsPersistentModules)
    return;
  const { handler, notices, own, persistent } = offline;
  const modules = await startPersistentModules({
    configFile: config.file,
    runDir: config.runDir,
    limits: handler.limits,
    log,
    facts: () => {
      const { name, environment, tags } = own.facts;
      return { hostname: name, environment, tags };
    },
    report: {
      started: (names) => handler.deps.report.recordNotice(`persistent modules start: ${names.join(', ')}`),
      problem(topic, text) {
        const isChanged =
          text === undefined ? notices.clear(topic) : notices.raise(topic, text.slice(0, MAX_NOTICE));
        if (isChanged && own.updateNotices()) link.heartbeats.send();
      },
    },
  });
  persistent.use(modules);
  resources.use(modules);
}
