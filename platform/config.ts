import { statSync } from 'node:fs';
import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { readText } from './files/read-text.ts';
import type { RelayOptions } from './rabbitmq/session.ts';
import type { TemporalOptions } from './temporal/client.ts';

/** Parses an environment; fails at once naming every bad key, never a value. */
export function parseEnv<T>(schema: z.ZodType<T>, env: Record<string, string | undefined>): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${name}: ${env[name] === undefined ? 'is not set' : message}`;
  });
  throw new MigError('config_invalid', `configuration: ${problems.join('; ')}`);
}

export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
  .refine((url) => URL.canParse(url), 'is not a URL');
export const logLevel = z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info');

export const temporalEnv = {
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TLS: z.stringbool().default(false),
  TEMPORAL_TLS_CA_FILE: z.string().optional(),
  TEMPORAL_TLS_CERT_FILE: z.string().optional(),
  TEMPORAL_TLS_KEY_FILE: z.string().optional(),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  TEMPORAL_API_KEY_FILE: z.string().optional(),
};
const TemporalEnv = z.object(temporalEnv);

/** How to reach Temporal: over TLS when anything of it is set, or an API key, which must not travel in the clear. */
export function readTemporal(env: z.infer<typeof TemporalEnv>): TemporalOptions {
  const cert = readPem(env.TEMPORAL_TLS_CERT_FILE);
  const key = readSecret(env.TEMPORAL_TLS_KEY_FILE);
  const ca = readPem(env.TEMPORAL_TLS_CA_FILE);
  const serverName = env.TEMPORAL_TLS_SERVER_NAME || undefined;
  const apiKey = readSecret(env.TEMPORAL_API_KEY_FILE)?.trim();
  if ((cert === undefined) !== (key === undefined)) {
    throw new MigError(
      'config_invalid',
      'configuration: TEMPORAL_TLS_CERT_FILE and TEMPORAL_TLS_KEY_FILE go together',
    );
  }
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new MigError('config_invalid', 'configuration: TEMPORAL_API_KEY_FILE must hold one word');
  }
  const isTls = env.TEMPORAL_TLS || [cert, ca, serverName, apiKey].some((part) => part !== undefined);
  return {
    address: env.TEMPORAL_ADDRESS,
    namespace: env.TEMPORAL_NAMESPACE,
    tls: isTls ? { ca, cert, key, serverName } : undefined,
    apiKey,
  };
}

export const relayEnv = {
  MIG_AMQP_URL: z.string().regex(/^amqps?:\/\//, 'must be an amqp:// or amqps:// URL'),
  MIG_AMQP_CA_FILE: z.string().optional(),
  MIG_AMQP_CERT_FILE: z.string().optional(),
  MIG_AMQP_KEY_FILE: z.string().optional(),
};

/** Targets run as a role of their own: with the rights of the program itself the second wall would be gone. */
export function requireOwnRole(parsed: {
  MIG_POSTGRES_URL: string;
  MIG_POSTGRES_TARGET_URL: string;
}): string {
  const [own, targets] = [parsed.MIG_POSTGRES_URL, parsed.MIG_POSTGRES_TARGET_URL].map(
    (url) => new URL(url).username,
  );
  if (own === targets) {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_POSTGRES_TARGET_URL must name another role than MIG_POSTGRES_URL',
    );
  }
  return parsed.MIG_POSTGRES_TARGET_URL;
}

/** A relay from its URL and the PEM files beside it. */
export function relayFromUrl(
  url: string,
  pem: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
): RelayOptions {
  const { protocol, hostname, port, username, password, pathname } = parseRelayUrl(url);
  const isTls = protocol === 'amqps:';
  if (isTls && (!pem.ca || !pem.cert || !pem.key)) {
    throw new MigError('config_invalid', 'relay: amqps needs a CA, a client certificate and its key');
  }
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (isTls ? 5671 : 5672),
    vhost: pathname.length > 1 ? decodePart(pathname.slice(1)) : '/',
    username: decodePart(username),
    password: decodePart(password),
    ...(isTls ? pem : {}),
  };
}

/** The URL has a password in it: what is wrong with it is said without it. */
function parseRelayUrl(url: string): URL {
  if (!URL.canParse(url)) throw new MigError('config_invalid', 'relay: not a URL');
  return new URL(url);
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MigError('config_invalid', 'relay: a % in the URL begins no valid escape');
  }
}

export function readPem(file: string | undefined): string | undefined {
  return file === undefined || file === '' ? undefined : readText(file);
}

/** A file that only its owner may read; refused when others can. */
export function readSecret(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  const secret = readText(file);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new MigError('config_invalid', `${file} holds a secret and must have mode 0600`);
  }
  return secret;
}

/** The environment, read in this one place. */
export function readEnv(): Record<string, string | undefined> {
  return process.env;
}
