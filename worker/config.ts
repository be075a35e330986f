import { z } from 'zod';
import {
  logLevel,
  parseEnv,
  postgresUrl,
  readPem,
  relayEnv,
  relayFromUrl,
  temporalEnv,
} from '../platform/config.ts';
import type { RelayOptions } from '../platform/rabbitmq/session.ts';

const WorkerEnv = z.object({
  MIG_POSTGRES_URL: postgresUrl,
  ...relayEnv,
  ...temporalEnv,
  MIG_WORKFLOW_BUNDLE: z.string().optional(),
  MIG_TARGET_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(30_000),
  MIG_HEARTBEAT_MAX_AGE_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(20 * 60_000),
  MIG_AGENT_IDLE_AFTER_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(25 * 60_000),
  MIG_AGENT_OFFLINE_AFTER_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(45 * 60_000),
  MIG_LOG_LEVEL: logLevel,
});

export interface WorkerConfig {
  postgresUrl: string;
  relay: RelayOptions;
  temporal: { address: string; namespace: string };
  workflowBundle: string | undefined;
  targetTimeoutMs: number;
  heartbeatMaxAgeMs: number;
  idleAfterMs: number;
  offlineAfterMs: number;
  logLevel: string;
}

export function loadConfig(env: Record<string, string | undefined>): WorkerConfig {
  const parsed = parseEnv(WorkerEnv, env);
  return {
    postgresUrl: parsed.MIG_POSTGRES_URL,
    relay: relayFromUrl(parsed.MIG_AMQP_URL, {
      ca: readPem(parsed.MIG_AMQP_CA_FILE),
      cert: readPem(parsed.MIG_AMQP_CERT_FILE),
      key: readPem(parsed.MIG_AMQP_KEY_FILE),
    }),
    temporal: { address: parsed.TEMPORAL_ADDRESS, namespace: parsed.TEMPORAL_NAMESPACE },
    workflowBundle: parsed.MIG_WORKFLOW_BUNDLE,
    targetTimeoutMs: parsed.MIG_TARGET_TIMEOUT_MS,
    heartbeatMaxAgeMs: parsed.MIG_HEARTBEAT_MAX_AGE_MS,
    idleAfterMs: parsed.MIG_AGENT_IDLE_AFTER_MS,
    offlineAfterMs: parsed.MIG_AGENT_OFFLINE_AFTER_MS,
    logLevel: parsed.MIG_LOG_LEVEL,
  };
}
