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
  MIG_API_MANIFEST_SIGNATURES: z.coerce.number().int().min(1).max(16).default(2),
  MIG_API_CORS_ORIGINS: z.string().default('').transform(readOrigins),
  MIG_LOG_LEVEL: logLevel,
});

export interface ApiConfig {
  postgresUrl: string;
  /** The connection of the role that may only run targets. */
  targetPostgresUrl: string;
  temporal: TemporalOptions;
  host: string;
  port: number;
  /** The start of every link, without the base route. Derived from the port when not set. */
  publicUrl: string | undefined;
  tls: { cert: string; key: string } | undefined;
  clientIp: string;
  tokenDurationMs: number;
  /** Whether agents may register by HTTP, without credentials. */
  httpHeartbeats: boolean;
  /** Whether a token is valid for its first request only. */
  tokenBinding: 'none' | 'first-request';
  /** The lifetime of a session; 0 switches sessions off. */
  sessionMs: number;
  /** Requests of investigators in progress at the same time; more are refused with 503. */
  maxRequests: number;
  /** The time for the headers to arrive, and again for the body. */
  requestTimeoutMs: number;
  maxConnections: number;
  maxConnectionsPerAddress: number;
  /** A client that reads nothing for this long loses the rest of a long response. */
  stalledClientMs: number;
  /** The investigators who must sign a manifest before loaders get it. */
  manifestSignatures: number;
  /** The origins whose pages may call the API from a browser. */
  corsOrigins: readonly string[];
  logLevel: string;
}

export const BASE_ROUTE = '/api/v1';

export function loadConfig(env: Record<string, string | undefined>): ApiConfig {
  const parsed = parseEnv(ApiEnvironment, env);
  const tls = readTls(parsed);
  checkProxy(parsed);
  checkEncryption(parsed, tls);
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
    maxConnectionsPerAddress: maxConnectionsPerAddress(parsed),
    stalledClientMs: parsed.MIG_API_STALLED_CLIENT_MS,
    manifestSignatures: parsed.MIG_API_MANIFEST_SIGNATURES,
    corsOrigins: parsed.MIG_API_CORS_ORIGINS,
    logLevel: parsed.MIG_LOG_LEVEL,
  };
}

type Environment = z.infer<typeof ApiEnvironment>;

function readTls({ MIG_API_TLS_CERT_FILE, MIG_API_TLS_KEY_FILE }: Environment): ApiConfig['tls'] {
  const cert = readPem(MIG_API_TLS_CERT_FILE);
  const key = readSecret(MIG_API_TLS_KEY_FILE);
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  throw new MigError(
    'config_invalid',
    'configuration: MIG_API_TLS_CERT_FILE and MIG_API_TLS_KEY_FILE go together',
  );
}

function checkProxy({ MIG_API_BEHIND_PROXY, MIG_API_CLIENT_IP }: Environment): void {
  if (!MIG_API_BEHIND_PROXY || MIG_API_CLIENT_IP !== 'peer') return;
  throw new MigError(
    'config_invalid',
    'configuration: MIG_API_BEHIND_PROXY=true needs MIG_API_CLIENT_IP=x-forwarded-for:<n>, or all callers would share the limits of one address',
  );
}

function checkEncryption({ MIG_API_HOST, MIG_API_BEHIND_PROXY }: Environment, tls: ApiConfig['tls']): void {
  if (tls || MIG_API_BEHIND_PROXY || isLoopback(MIG_API_HOST)) return;
  throw new MigError(
    'config_invalid',
    'configuration: MIG_API_HOST is not a loopback address: give MIG_API_TLS_CERT_FILE and MIG_API_TLS_KEY_FILE, or set MIG_API_BEHIND_PROXY=true when a proxy does TLS',
  );
}

/** Behind a proxy all connections come from its address, so that only the total limit applies. */
function maxConnectionsPerAddress(parsed: Environment): number {
  const isDirect = parsed.MIG_API_CLIENT_IP === 'peer';
  return isDirect ? parsed.MIG_API_MAX_CONNECTIONS_PER_ADDRESS : parsed.MIG_API_MAX_CONNECTIONS;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

/** A list of origins between commas, each as browsers write it. */
function readOrigins(text: string, context: z.RefinementCtx): string[] {
  const origins = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    const message = `'${origin}' is no origin, such as https://console.example.net, without a slash at its end`;
    context.addIssue({ code: 'custom', message });
  }
  return origins;
}
