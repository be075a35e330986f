import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { addressOf, unreachable } from '../../platform/network/unreachable.ts';
import { SetupError } from './setup-error.ts';

/** Services that run elsewhere and are used instead of private ones: an address in the environment comes first. */
export interface ExternalServices {
  /** A URL whose user may create roles and databases. */
  postgres?: string;
  relay?: {
    host: string;
    port: number;
    vhost: string;
    files: { ca: string; cert: string; key: string };
    passwords: { scheduler: string; agent: string };
  };
  temporal?: { address: string; uiUrl: string };
}

/**
 * Reads MIG_POSTGRES_URL, MIG_AMQP_URL (as user `scheduler`, with MIG_AMQP_CA_FILE, _CERT_FILE, _KEY_FILE, and
 * MIG_AMQP_AGENT_PASSWORD for the user `agent`) and TEMPORAL_ADDRESS (with TEMPORAL_UI_URL).
 */
export function readExternalServices(env: Record<string, string | undefined>): ExternalServices {
  const { MIG_POSTGRES_URL: postgres, MIG_AMQP_URL: amqp, TEMPORAL_ADDRESS: address } = env;
  const host = address?.replace(/:\d+$/, '');
  if (postgres && !(URL.canParse(postgres) && /^postgres(ql)?:/.test(postgres)))
    throw new SetupError('MIG_POSTGRES_URL must be postgres://<user>:<password>@<host>:<port>/<database>');
  return {
    ...(postgres ? { postgres } : {}),
    ...(amqp ? { relay: readRelay(amqp, env) } : {}),
    ...(address ? { temporal: { address, uiUrl: env.TEMPORAL_UI_URL ?? `http://${host}:8233` } } : {}),
  };
}

const CONNECT_MS = 5_000;

/** Throws, naming address and setting, when nothing listens where the environment says that a service is. */
export async function requireExternal({ postgres, relay, temporal }: ExternalServices): Promise<void> {
  const instead = ', or leave it out for one of its own';
  if (postgres) {
    const address = addressOf(postgres, 5432);
    await requireListener({ service: 'PostgreSQL', address, setting: `MIG_POSTGRES_URL${instead}` });
  }
  if (relay) {
    const address = `${relay.host}:${relay.port}`;
    await requireListener({ service: 'RabbitMQ', address, setting: `MIG_AMQP_URL${instead}` });
  }
  if (temporal) {
    const { address } = temporal;
    await requireListener({ service: 'Temporal', address, setting: `TEMPORAL_ADDRESS${instead}` });
  }
}

async function requireListener(place: Parameters<typeof unreachable>[0]): Promise<void> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(place.address) ?? [];
  // A socket in a folder: whoever names one is told by PostgreSQL's own client.
  if (host === undefined) return;
  const socket = connect({ host, port: Number(port), timeout: CONNECT_MS });
  socket.once('timeout', () => socket.destroy(new Error('timeout')));
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw unreachable(place, cause);
  } finally {
    socket.destroy();
  }
}

function readRelay(
  url: string,
  env: Record<string, string | undefined>,
): NonNullable<ExternalServices['relay']> {
  const file = (name: string): string => {
    const path = env[name];
    if (path && existsSync(path)) return path;
    throw new SetupError(`MIG_AMQP_URL is set, so ${name} must name a PEM file`);
  };
  if (!/^amqps:\/\/scheduler:/.test(url) || !URL.canParse(url)) {
    throw new SetupError('MIG_AMQP_URL must be amqps://scheduler:<password>@<host>:<port>/<vhost>');
  }
  const { hostname, port, pathname, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port) || 5671,
    vhost: decodeURIComponent(pathname.slice(1)) || 'mig',
    files: { ca: file('MIG_AMQP_CA_FILE'), cert: file('MIG_AMQP_CERT_FILE'), key: file('MIG_AMQP_KEY_FILE') },
    passwords: {
      scheduler: decodeURIComponent(password),
      agent: env.MIG_AMQP_AGENT_PASSWORD ?? decodeURIComponent(password),
    },
  };
}
