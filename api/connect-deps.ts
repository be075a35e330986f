import { createBackground } from '../platform/async/background.ts';
import type { Resources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import { createPool } from '../platform/postgres/pool.ts';
import { countersOfActions } from '../platform/postgres/queries/actions/counters.ts';
import {
  EXPLAIN_NOTHING,
  requireTargetRights,
  type TargetSessions,
} from '../platform/postgres/queries/targets.ts';
import { createSingleUseSessions } from '../platform/postgres/single-use-sessions.ts';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { createTargetPlans } from './actions/target-plans.ts';
import { createRefusalAudit } from './audit/refusal-audit.ts';
import { createKeyringLoader } from './auth/keyring.ts';
import { createRightsReader } from './auth/rights.ts';
import type { ApiConfig } from './config.ts';
import type { ApiDeps } from './context.ts';
import { createAdmission } from './limits/admission.ts';
import { startActionEvents } from './progress/action-events.ts';
import { createCountersReader } from './progress/counters.ts';
import { loadProgress } from './progress/load-progress.ts';
import { createProgressFeed } from './progress/progress-feed.ts';

const MAX_CONNECTIONS = 24;
/** The most searches that read from the database at the same time. Each has a page of at most 64 MB in memory. */
const MAX_SEARCHES = 12;
/** Kept small: slow targets then delay only other targets. */
const TARGETS_AT_ONCE = 4;
const TARGET_TIMEOUT_MS = 10_000;

/** A start takes milliseconds, or five seconds when Temporal does not answer. The worker starts what is dropped. */
const BACKGROUND = { max: 8, maxWaiting: 1_000 };

/** Connects to the services that the routes need. `resources` closes the connections. */
export async function connectDeps(
  resources: Resources,
  { config, log }: { config: ApiConfig; log: Logger },
): Promise<ApiDeps> {
  const { postgresUrl: url } = config;
  const pool = createPool({ url, name: 'mig api', max: MAX_CONNECTIONS });
  resources.defer(() => pool.end());
  const searchPool = createPool({ url, name: 'mig api search', max: MAX_SEARCHES, hasCursors: true });
  resources.defer(() => searchPool.end());
  const targets = await connectTargets(resources, config);
  const temporal = createTemporalClient(config.temporal);
  resources.defer(temporal.close);
  const events = resources.use(startActionEvents({ url, log }));
  return {
    config,
    pool,
    searchPool,
    targets,
    temporal: temporal.client,
    background: resources.use(
      createBackground({
        ...BACKGROUND,
        onDropped: () => log.warn('Temporal is not told: the worker will do it'),
        onFailed: (err) => log.warn({ err }, 'Temporal is not told: the worker will do it'),
      }),
    ),
    refusals: resources.use(createRefusalAudit({ pool, log })),
    log,
    now: Date.now,
    targetPlans: createTargetPlans(targets, Date.now),
    progress: createProgressFeed({ events, log, load: (id) => loadProgress(pool, id) }),
    loadKeyring: createKeyringLoader(pool),
    rights: createRightsReader(pool, Date.now),
    counters: createCountersReader((ids) => countersOfActions(pool, ids), Date.now),
    admission: createAdmission({ maxRequests: config.maxRequests, now: Date.now }),
  };
}

async function connectTargets(resources: Resources, config: ApiConfig): Promise<TargetSessions> {
  const targets = resources.use(
    createSingleUseSessions({
      url: config.targetPostgresUrl,
      name: 'mig api targets',
      max: TARGETS_AT_ONCE,
      timeoutMs: TARGET_TIMEOUT_MS,
      warmUp: EXPLAIN_NOTHING,
    }),
  );
  await requireTargetRights(targets, EXPLAIN_NOTHING);
  return targets;
}
