import { statSync } from 'node:fs';
import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { readText } from './files/read-text.ts';
import type { RelayOptions } from './rabbitmq/session.ts';
import type { TemporalOptions } from './temporal/client.ts';

/** Parses an environment. Throws one error that names every bad key, and no value. */
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

/** Reads the connection to Temporal. Uses TLS when any of its settings is given, or an API key, which needs encryption. */
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
    throw new MigError('config_invalid', 'configuration: TEMPORAL_API_KEY_FILE must contain one word');
  }
  const needsTls = [cert, ca, serverName, apiKey].some((part) => part !== undefined);
  return {
    address: env.TEMPORAL_ADDRESS,
    namespace: env.TEMPORAL_NAMESPACE,
    tls: env.TEMPORAL_TLS || needsTls ? { ca, cert, key, serverName } : undefined,
    apiKey,
  };
}

export const relayEnv = {
  MIG_AMQP_URL: z.string().regex(/^amqps?:\/\//, 'must be an amqp:// or amqps:// URL'),
  MIG_AMQP_CA_FILE: z.string().optional(),
  MIG_AMQP_CERT_FILE: z.string().optional(),
  MIG_AMQP_KEY_FILE: z.string().optional(),
};

/** Returns the database URL for targets. It must name a role of its own, whose rights limit what a target can do. */
export function requireOwnRole(parsed: {
  MIG_POSTGRES_URL: string;
  MIG_POSTGRES_TARGET_URL: string;
}): string {
  const roleOf = (url: string) => new URL(url).username;
  if (roleOf(parsed.MIG_POSTGRES_URL) === roleOf(parsed.MIG_POSTGRES_TARGET_URL)) {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_POSTGRES_TARGET_URL must name another role than MIG_POSTGRES_URL',
    );
  }
  return parsed.MIG_POSTGRES_TARGET_URL;
}

/** Reads the connection to the relay from its URL and the text of its PEM files. */
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

/** The error does not repeat the URL, which contains a password. */
function parseRelayUrl(url: string): URL {
  if (!URL.canParse(url)) throw new MigError('config_invalid', 'relay: not a URL');
  return new URL(url);
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MigError('config_invalid', 'relay: the URL has an invalid % escape');
  }
}

export function readPem(file: string | undefined): string | undefined {
  return file === undefined || file === '' ? undefined : readText(file);
}

/** Reads a secret; refuses a file that users other than its owner can read. */
export function readSecret(file: string | undefined): string | undefined {
  if (file === undefined || file === '') return undefined;
  const secret = readText(file);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new MigError('config_invalid', `${file} contains a secret and must have mode 0600`);
  }
  return secret;
}

/** The only reader of `process.env`. */
export function readEnv(): Record<string, string | undefined> {
  return process.env;
}
