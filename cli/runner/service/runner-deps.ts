import { unixMillis } from '../../../contract/go/time.ts';
import { createSemaphore } from '../../../platform/async/semaphore.ts';
import { postAction } from '../../action/post-action.ts';
import type { CliSession } from '../../session.ts';
import type { RunnerConfig } from '../config/runner-config.ts';
import type { Sleep } from '../events/backoff.ts';
import type { RunnerLog } from '../events/runner-log.ts';
import { findPosted } from '../launch/find-posted.ts';
import type { Launching } from '../launch/launch-run.ts';
import { deliver } from '../plugins/deliver.ts';
import type { Collecting } from '../results/collect.ts';
import { loadResults } from '../results/load-results.ts';

/** What a runner works with. */
export interface RunnerDeps {
  config: RunnerConfig;
  session: Pick<CliSession, 'api' | 'signer'>;
  log: RunnerLog;
  now: () => number;
  sleep: Sleep;
  /** Aborted when the runner stops. */
  signal: AbortSignal;
}

const MAX_FETCHES = 2;
const MAX_PLUGINS = 4;

export function createLaunching({ session, log, now, sleep, signal }: RunnerDeps): Launching {
  const { api, signer } = session;
  return {
    signer,
    log,
    now,
    sleep,
    signal,
    post: ({ action, key }) => postAction(api, { text: action, key }),
    find: (intent) => findPosted(api, intent),
  };
}

export function createCollecting(
  { config, session, log, now, sleep, signal }: RunnerDeps,
  timeoutOf: (job: string) => number,
): Collecting {
  const fetches = createSemaphore(MAX_FETCHES);
  const plugins = createSemaphore(MAX_PLUGINS);
  const { pluginsFolder } = config;
  return {
    log,
    now,
    sleep,
    signal,
    awaitEnd: ({ expireafter }) =>
      sleep(Math.max(0, unixMillis(expireafter) + config.delayResultsMs - now()), signal),
    withFetchPermit: fetches.withPermit,
    load: (actionId) => loadResults(session.api, actionId),
    deliver: ({ job, actionId, plugin }, resultsFile) =>
      plugins.withPermit(async () => {
        if (signal.aborted) return false;
        const delivery = { job, actionId, plugin, resultsFile, timeoutMs: timeoutOf(job) };
        return deliver({ pluginsFolder, log, signal }, delivery);
      }),
  };
}
