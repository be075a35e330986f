import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { addressOf, unreachable } from '../../../platform/network/unreachable.ts';
import { SetupError } from './setup-error.ts';

/** Services that run elsewhere, named in the environment. They are used instead of private ones. */
export interface ExternalServices {
  /** A URL whose user may create roles and databases. */
  postgres?: string | undefined;
  relay?: ExternalRelay | undefined;
  temporal?: { address: string; uiUrl: string } | undefined;
}

interface ExternalRelay {
  host: string;
  port: number;
  vhost: string;
  files: { ca: string; cert: string; key: string };
  passwords: { scheduler: string; agent: string };
}

type Environment = Record<string, string | undefined>;

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Reads MIG_POSTGRES_URL, MIG_AMQP_URL (as user `scheduler`, with MIG_AMQP_CA_FILE, _CERT_FILE, _KEY_FILE, and
 * MIG_AMQP_AGENT_PASSWORD for the user `agent`) and TEMPORAL_ADDRESS (with TEMPORAL_UI_URL).
 */
export function readExternalServices(env: Environment): ExternalServices {
  const { MIG_POSTGRES_URL: postgres, MIG_AMQP_URL: amqp, TEMPORAL_ADDRESS: temporal } = env;
  return {
    postgres: postgres ? checkedPostgresUrl(postgres) : undefined,
    relay: amqp ? readRelay(amqp, env) : undefined,
    temporal: temporal ? readTemporal(temporal, env) : undefined,
  };
}

/** Throws when nothing listens at the address of an external service, and names the address and its setting. */
export async function requireExternal({ postgres, relay, temporal }: ExternalServices): Promise<void> {
  if (postgres)
    await requireListener({
      service: 'PostgreSQL',
      address: addressOf(postgres, 5432),
      setting: 'MIG_POSTGRES_URL',
    });
  if (relay)
    await requireListener({
      service: 'RabbitMQ',
      address: `${relay.host}:${relay.port}`,
      setting: 'MIG_AMQP_URL',
    });
  if (temporal)
    await requireListener({
      service: 'Temporal',
      address: temporal.address,
      setting: 'TEMPORAL_ADDRESS',
    });
}

function checkedPostgresUrl(url: string): string {
  if (URL.canParse(url) && /^postgres(ql)?:/.test(url)) return url;
  throw new SetupError('MIG_POSTGRES_URL must be postgres://<user>:<password>@<host>:<port>/<database>');
}

function readRelay(url: string, env: Environment): ExternalRelay {
  if (!/^amqps:\/\/scheduler:/.test(url) || !URL.canParse(url)) {
    throw new SetupError('MIG_AMQP_URL must be amqps://scheduler:<password>@<host>:<port>/<vhost>');
  }
  const { hostname, port, pathname, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port) || 5671,
    vhost: decodeURIComponent(pathname.slice(1)) || 'mig',
    files: {
      ca: requirePemFile('MIG_AMQP_CA_FILE', env),
      cert: requirePemFile('MIG_AMQP_CERT_FILE', env),
      key: requirePemFile('MIG_AMQP_KEY_FILE', env),
    },
    passwords: {
      scheduler: decodeURIComponent(password),
      agent: env.MIG_AMQP_AGENT_PASSWORD ?? decodeURIComponent(password),
    },
  };
}

function requirePemFile(name: string, env: Environment): string {
  const path = env[name];
  if (path && existsSync(path)) return path;
  throw new SetupError(`MIG_AMQP_URL is set, so ${name} must name a PEM file`);
}

function readTemporal(address: string, env: Environment): { address: string; uiUrl: string } {
  const host = address.replace(/:\d+$/, '');
  return { address, uiUrl: env.TEMPORAL_UI_URL ?? `http://${host}:8233` };
}

async function requireListener({
  service,
  address,
  setting,
}: Parameters<typeof unreachable>[0]): Promise<void> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  // The folder of a Unix socket has no port: PostgreSQL's own client reports that it is missing.
  if (host === undefined) return;
  const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
  socket.once('timeout', () => socket.destroy(new Error('timeout')));
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw unreachable({ service, address, setting: `${setting}, or leave it out for one of its own` }, cause);
  } finally {
    socket.destroy();
  }
}
