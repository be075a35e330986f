import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createResources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import { createPool } from '../platform/postgres/pool.ts';
import { countersOfActions } from '../platform/postgres/queries/counters.ts';
import { EXPLAIN_NOTHING, requireTargetRights } from '../platform/postgres/queries/targets.ts';
import { startSettingsAudit } from '../platform/postgres/settings-audit.ts';
import { createSingleUseSessions } from '../platform/postgres/single-use-sessions.ts';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { createTargetPlans } from './actions/target-plans.ts';
import { createApp } from './app.ts';
import { createRefusalAudit } from './audit/refusal-audit.ts';
import { createKeyringLoader } from './auth/keyring.ts';
import { createRightsReader } from './auth/rights.ts';
import { type ApiConfig, BASE_ROUTE } from './config.ts';
import { createAdmission } from './limits/admission.ts';
import { limitConnections } from './limits/limit-connections.ts';
import { startActionEvents } from './progress/action-events.ts';
import { createCountersReader } from './progress/counters.ts';
import { loadProgress } from './progress/load-progress.ts';
import { createProgressFeed } from './progress/progress-feed.ts';

/** Searches that read from the database at the same time; each holds a page of at most 64 MB. */
const MAX_SEARCHES = 12;

const CHECK_EVERY_MS = 1_000;
const ANSWER_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** Longer than any answer of ours is silent: event streams say that they are alive every 15 s. */
const SILENT_MS = 120_000;
/** Few: a slow target holds up other targets, and nothing else. */
const TARGETS_AT_ONCE = 4;
const TARGET_TIMEOUT_MS = 10_000;

/** Listens; returns the address that clients use. */
export async function startApi({
  config,
  log,
}: {
  config: ApiConfig;
  log: Logger;
}): Promise<AsyncDisposable & { url: string }> {
  const resources = createResources();
  const pool = createPool({ url: config.postgresUrl, name: 'mig api', max: 20 });
  resources.defer(() => pool.end());
  const searchPool = createPool({
    url: config.postgresUrl,
    name: 'mig api search',
    max: MAX_SEARCHES,
    hasCursors: true,
  });
  resources.defer(() => searchPool.end());
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
  const temporal = createTemporalClient(config.temporal);
  resources.defer(temporal.close);
  const events = resources.use(startActionEvents({ url: config.postgresUrl, log }));
  resources.use(startSettingsAudit({ pool, log, program: 'api', config }));
  const refusals = resources.use(createRefusalAudit({ pool, log }));
  // The address is known only once the port is; every request reads it from here.
  const known = { ...config, publicUrl: config.publicUrl ?? '' };
  const app = createApp({
    config: known,
    pool,
    searchPool,
    targets,
    temporal: temporal.client,
    refusals,
    log,
    now: Date.now,
    targetPlans: createTargetPlans(targets, Date.now),
    progress: createProgressFeed({ events, log, load: (id) => loadProgress(pool, id) }),
    loadKeyring: createKeyringLoader(pool),
    rights: createRightsReader(pool, Date.now),
    counters: createCountersReader((ids) => countersOfActions(pool, ids), Date.now),
    admission: createAdmission({ maxRequests: config.maxRequests, now: Date.now }),
  });
  const server = listen(config, app.fetch);
  resources.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  known.publicUrl ||= `${config.tls ? 'https' : 'http'}://${config.host}:${port}`;
  const url = `${known.publicUrl}${BASE_ROUTE}`;
  log.info({ address: `${config.host}:${port}` }, 'api listening');
  return Object.assign(resources, { url });
}

/** Node's own deadlines close what the routes never see: slow handshakes, headers and bodies, and silent sockets. */
function listen(config: ApiConfig, fetch: Parameters<typeof serve>[0]['fetch']): Server {
  const deadlines = {
    headersTimeout: config.requestTimeoutMs,
    // The body has a deadline of its own, after which its sender gets an answer.
    requestTimeout: 2 * config.requestTimeoutMs + ANSWER_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const address = { fetch, hostname: config.host, port: config.port };
  const server = config.tls
    ? serve({
        ...address,
        createServer: createTlsServer,
        serverOptions: {
          ...deadlines,
          ...config.tls,
          minVersion: 'TLSv1.2',
          handshakeTimeout: config.requestTimeoutMs,
        },
      })
    : serve({ ...address, serverOptions: deadlines });
  const httpServer = server as Server;
  httpServer.setTimeout(SILENT_MS);
  limitConnections(httpServer, {
    max: config.maxConnections,
    maxPerAddress: config.maxConnectionsPerAddress,
  });
  return httpServer;
}
