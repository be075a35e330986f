import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { ApiConfig } from './config.ts';
import { limitConnections } from './limits/limit-connections.ts';

type Fetch = Parameters<typeof serve>[0]['fetch'];

const CHECK_EVERY_MS = 1_000;
const RESPONSE_MS = 1_000;
const KEEP_ALIVE_MS = 5_000;
/** Longer than any pause within our responses: event streams send an event every 15 s. */
const SILENT_MS = 120_000;

export interface Listening extends AsyncDisposable {
  port: number;
}

/** Starts the HTTP server, with TLS if so configured. */
export async function listen(config: ApiConfig, fetch: Fetch): Promise<Listening> {
  const server = startServer(config, fetch);
  server.setTimeout(SILENT_MS);
  limitConnections(server, {
    max: config.maxConnections,
    maxPerAddress: config.maxConnectionsPerAddress,
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Node's own deadlines end slow handshakes, headers and bodies, which reach no route. */
function startServer(config: ApiConfig, fetch: Fetch): Server {
  const address = { fetch, hostname: config.host, port: config.port };
  const deadlines = {
    headersTimeout: config.requestTimeoutMs,
    // The body has an earlier deadline of its own, after which its sender gets a response.
    requestTimeout: 2 * config.requestTimeoutMs + RESPONSE_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  if (!config.tls) return serve({ ...address, serverOptions: deadlines }) as Server;
  return serve({
    ...address,
    createServer: createTlsServer,
    serverOptions: {
      ...deadlines,
      ...config.tls,
      minVersion: 'TLSv1.2',
      handshakeTimeout: config.requestTimeoutMs,
    },
  }) as Server;
}
