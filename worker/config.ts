import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { UpgradeSettings } from '../activities/deps.ts';
import {
  logLevel,
  parseEnv,
  postgresUrl,
  readPem,
  readSecret,
  readTemporal,
  relayEnv,
  relayFromUrl,
  requireOwnRole,
  temporalEnv,
} from '../platform/config.ts';
import type { RelayOptions } from '../platform/rabbitmq/session.ts';
import type { TemporalOptions } from '../platform/temporal/client.ts';
import { type EventSettings, eventsEnv, readEventSettings } from './events-config.ts';

const WorkerEnv = z.object({
  MIG_POSTGRES_URL: postgresUrl,
  MIG_POSTGRES_TARGET_URL: postgresUrl,
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
  MIG_SWEEP_RATE_BESIDE_OTHERS: z.coerce
    .number()
    .int()
    .min(10)
    .max(100_000)
    .default(50 * availableParallelism()),
  MIG_SWEEP_YIELD_MS: z.coerce.number().int().min(0).max(600_000).default(2_000),
  MIG_SCHEDULER_KEY_FILE: z.string().optional(),
  MIG_UPGRADE_CANARY: z.coerce.number().int().min(1).max(10_000).default(5),
  MIG_UPGRADE_AT_ONCE: z.coerce.number().int().min(1).max(10_000).default(200),
  MIG_UPGRADE_MAX_FAILURE_PERCENT: z.coerce.number().min(0).max(100).default(10),
  MIG_UPGRADE_STEP_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .default(15 * 60_000),
  ...eventsEnv,
  MIG_LOG_LEVEL: logLevel,
});

export interface WorkerConfig {
  postgresUrl: string;
  /** As the role that may run targets and nothing else. */
  targetPostgresUrl: string;
  relay: RelayOptions;
  temporal: TemporalOptions;
  workflowBundle: string | undefined;
  targetTimeoutMs: number;
  heartbeatMaxAgeMs: number;
  idleAfterMs: number;
  offlineAfterMs: number;
  /** Commands a second of a sweep while actions to few agents are sent. */
  sweepRateBesideOthers: number;
  /** How long sweeps keep to that rate after such an action: investigators often ask several questions in a row. */
  sweepYieldMs: number;
  /** Armored; only what follows an upgrade is signed with it. */
  schedulerKey: string | undefined;
  upgrades: UpgradeSettings;
  /** Where the events of the outbox go. */
  events: EventSettings;
  logLevel: string;
}

export function loadConfig(env: Record<string, string | undefined>): WorkerConfig {
  const parsed = parseEnv(WorkerEnv, env);
  return {
    postgresUrl: parsed.MIG_POSTGRES_URL,
    targetPostgresUrl: requireOwnRole(parsed),
    relay: relayFromUrl(parsed.MIG_AMQP_URL, {
      ca: readPem(parsed.MIG_AMQP_CA_FILE),
      cert: readPem(parsed.MIG_AMQP_CERT_FILE),
      key: readSecret(parsed.MIG_AMQP_KEY_FILE),
    }),
    temporal: readTemporal(parsed),
    workflowBundle: parsed.MIG_WORKFLOW_BUNDLE,
    targetTimeoutMs: parsed.MIG_TARGET_TIMEOUT_MS,
    heartbeatMaxAgeMs: parsed.MIG_HEARTBEAT_MAX_AGE_MS,
    idleAfterMs: parsed.MIG_AGENT_IDLE_AFTER_MS,
    offlineAfterMs: parsed.MIG_AGENT_OFFLINE_AFTER_MS,
    sweepRateBesideOthers: parsed.MIG_SWEEP_RATE_BESIDE_OTHERS,
    sweepYieldMs: parsed.MIG_SWEEP_YIELD_MS,
    schedulerKey: readSecret(parsed.MIG_SCHEDULER_KEY_FILE),
    upgrades: {
      canary: parsed.MIG_UPGRADE_CANARY,
      atOnce: parsed.MIG_UPGRADE_AT_ONCE,
      maxFailurePercent: parsed.MIG_UPGRADE_MAX_FAILURE_PERCENT,
      stepTimeoutMs: parsed.MIG_UPGRADE_STEP_TIMEOUT_MS,
    },
    events: readEventSettings(parsed),
    logLevel: parsed.MIG_LOG_LEVEL,
  };
}
