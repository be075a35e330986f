import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Logger } from '../platform/log.ts';
import { createPool } from '../platform/postgres/pool.ts';
import { countersOfActions } from '../platform/postgres/queries/actions.ts';
import { createResources } from '../platform/resources.ts';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { createApp } from './app.ts';
import { type ApiConfig, BASE_ROUTE } from './config.ts';
import { createCountersReader } from './counters.ts';
import { startActionEvents } from './events.ts';

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
  const temporal = createTemporalClient(config.temporal);
  resources.defer(temporal.close);
  const events = resources.use(startActionEvents({ url: config.postgresUrl, log }));
  // The address is known only once the port is; every request reads it from here.
  const known = { ...config, publicUrl: config.publicUrl ?? '' };
  const app = createApp({
    ...{ config: known, pool, temporal: temporal.client, events, log, now: Date.now },
    counters: createCountersReader((ids) => countersOfActions(pool, ids), Date.now),
  });
  const server = serve({
    fetch: app.fetch,
    hostname: config.host,
    port: config.port,
    ...(config.tls
      ? { createServer: createTlsServer, serverOptions: { ...config.tls, minVersion: 'TLSv1.2' as const } }
      : {}),
  });
  resources.defer(() => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  known.publicUrl ||= `${config.tls ? 'https' : 'http'}://${config.host}:${port}`;
  const url = `${known.publicUrl}${BASE_ROUTE}`;
  log.info({ address: `${config.host}:${port}` }, 'api listening');
  return Object.assign(resources, { url });
}
