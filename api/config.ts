import { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import {
  logLevel,
  parseEnv,
  postgresUrl,
  readPem,
  readSecret,
  readTemporal,
  requireOwnRole,
  temporalEnv,
} from '../platform/config.ts';
import type { TemporalOptions } from '../platform/temporal/client.ts';

const ApiEnvironment = z.object({
  MIG_POSTGRES_URL: postgresUrl,
  MIG_POSTGRES_TARGET_URL: postgresUrl,
  ...temporalEnv,
  MIG_API_HOST: z.string().default('127.0.0.1'),
  MIG_API_PORT: z.coerce.number().int().min(0).max(65_535).default(1664),
  MIG_API_PUBLIC_URL: z.url().optional(),
  MIG_API_TLS_CERT_FILE: z.string().optional(),
  MIG_API_TLS_KEY_FILE: z.string().optional(),
  MIG_API_BEHIND_PROXY: z.stringbool().default(false),
  MIG_API_CLIENT_IP: z
    .string()
    .regex(/^(peer|x-forwarded-for:\d+)$/)
    .default('peer'),
  MIG_TOKEN_DURATION_MS: z.coerce.number().int().min(1000).max(86_400_000).default(600_000),
  MIG_API_HTTP_HEARTBEATS: z.stringbool().default(false),
  MIG_API_MAX_REQUESTS: z.coerce.number().int().min(1).max(100_000).default(200),
  MIG_API_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(1000).max(600_000).default(20_000),
  MIG_API_MAX_CONNECTIONS: z.coerce.number().int().min(10).max(100_000).default(2_000),
  MIG_API_MAX_CONNECTIONS_PER_ADDRESS: z.coerce.number().int().min(2).max(100_000).default(256),
  MIG_API_SESSION_MS: z.coerce.number().int().min(0).max(3_600_000).default(900_000),
  MIG_TOKEN_BINDING: z.enum(['none', 'first-request']).default('none'),
  MIG_API_STALLED_CLIENT_MS: z.coerce.number().int().min(100).max(3_600_000).default(30_000),
  MIG_LOG_LEVEL: logLevel,
});

export interface ApiConfig {
  postgresUrl: string;
  /** As the role that may run targets and nothing else. */
  targetPostgresUrl: string;
  temporal: TemporalOptions;
  host: string;
  port: number;
  /** What links begin with, without the base route; found out from the port when not set. */
  publicUrl: string | undefined;
  tls: { cert: string; key: string } | undefined;
  clientIp: string;
  tokenDurationMs: number;
  /** Whether agents may register by HTTP, which needs no credentials. */
  httpHeartbeats: boolean;
  /** Whether a token is good for its first request only. */
  tokenBinding: 'none' | 'first-request';
  /** How long a session lasts; 0 switches sessions off. */
  sessionMs: number;
  /** Requests of investigators in hand at the same time; more are refused with 503. */
  maxRequests: number;
  /** How long headers may take to arrive, and then the body. */
  requestTimeoutMs: number;
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** A client that takes nothing of a long answer for this long loses it. */
  stalledClientMs: number;
  logLevel: string;
}

export const BASE_ROUTE = '/api/v1';

export function loadConfig(env: Record<string, string | undefined>): ApiConfig {
  const parsed = parseEnv(ApiEnvironment, env);
  const cert = readPem(parsed.MIG_API_TLS_CERT_FILE);
  const key = readSecret(parsed.MIG_API_TLS_KEY_FILE);
  if ((cert === undefined) !== (key === undefined)) {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_API_TLS_CERT_FILE and MIG_API_TLS_KEY_FILE go together',
    );
  }
  const tls = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  if (parsed.MIG_API_BEHIND_PROXY && parsed.MIG_API_CLIENT_IP === 'peer') {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_API_BEHIND_PROXY=true needs MIG_API_CLIENT_IP=x-forwarded-for:<n>, or all callers would share the limits of one address',
    );
  }
  if (!tls && !parsed.MIG_API_BEHIND_PROXY && !isLoopback(parsed.MIG_API_HOST)) {
    throw new MigError(
      'config_invalid',
      'configuration: MIG_API_HOST is not a loopback address: give MIG_API_TLS_CERT_FILE and MIG_API_TLS_KEY_FILE, or set MIG_API_BEHIND_PROXY=true when a proxy does TLS',
    );
  }
  return {
    postgresUrl: parsed.MIG_POSTGRES_URL,
    targetPostgresUrl: requireOwnRole(parsed),
    temporal: readTemporal(parsed),
    host: parsed.MIG_API_HOST,
    port: parsed.MIG_API_PORT,
    publicUrl: parsed.MIG_API_PUBLIC_URL?.replace(/\/$/, ''),
    tls,
    clientIp: parsed.MIG_API_CLIENT_IP,
    tokenDurationMs: parsed.MIG_TOKEN_DURATION_MS,
    httpHeartbeats: parsed.MIG_API_HTTP_HEARTBEATS,
    tokenBinding: parsed.MIG_TOKEN_BINDING,
    sessionMs: parsed.MIG_API_SESSION_MS,
    maxRequests: parsed.MIG_API_MAX_REQUESTS,
    requestTimeoutMs: parsed.MIG_API_REQUEST_TIMEOUT_MS,
    maxConnections: parsed.MIG_API_MAX_CONNECTIONS,
    // Behind a proxy all connections are the proxy's.
    maxConnectionsPerAddress:
      parsed.MIG_API_CLIENT_IP === 'peer'
        ? parsed.MIG_API_MAX_CONNECTIONS_PER_ADDRESS
        : parsed.MIG_API_MAX_CONNECTIONS,
    stalledClientMs: parsed.MIG_API_STALLED_CLIENT_MS,
    logLevel: parsed.MIG_LOG_LEVEL,
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
