import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { inject } from 'vitest';
import { type ApiConfig, BASE_ROUTE, loadConfig as loadApiConfig } from '../../api/config.ts';
import { startApi } from '../../api/start-api.ts';
import type { Capability } from '../../contract/capabilities.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { RETRY_PAUSES_MS } from '../../contract/webhooks/retry.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { freePort, portAnswers } from '../../dev/ports.ts';
import { type SimulatedAgents, startSimulatedAgents } from '../../dev/simulation/agent/agents.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { demoAcl, loadPeople, type People } from '../../dev/stack/seed.ts';
import {
  describeServices,
  relayOptions,
  relayUrl,
  type Services,
} from '../../dev/stack/services/services.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import { createLogger } from '../../platform/log.ts';
import type { ResolveHost } from '../../platform/network/resolve-host.ts';
import { readKeyring } from '../../platform/openpgp/keyring.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import type { WorkerConfig } from '../../worker/config.ts';
import { startWorker } from '../../worker/start-worker.ts';

export const log = createLogger('test', process.env.TEST_LOG ?? 'silent');

/** Webhooks reach the internet alone, and no sink is configured. */
const NO_EVENTS: WorkerConfig['events'] = {
  webhooks: { allowed: [], ca: undefined, timeoutMs: 20_000, retryPausesMs: RETRY_PAUSES_MS },
  file: undefined,
  syslog: undefined,
};

/** A database, a vhost and a Temporal namespace for one test file. */
export interface Slot extends AsyncDisposable {
  name: string;
  services: Services;
  people: People;
  admin: Pool;
  urlOf: Services['postgres']['urlOf'];
}

export async function openSlot(): Promise<Slot> {
  const services = describeServices(inject('home'));
  const people = await loadPeople(join(services.home, 'keys'));
  const superuser = new pg.Client({ connectionString: services.postgres.superuserUrl });
  await superuser.connect();
  const { rows } = await superuser.query(`SELECT nextval('slots') AS n`);
  const name = `test-${rows[0].n}`;
  if (rows[0].n > inject('slots'))
    throw new Error('no slot is left: raise the numbers in test/setup/global.ts');
  await waitFor('template database', async () => {
    // Fails while another file copies the template.
    return superuser.query(`CREATE DATABASE "${name}" TEMPLATE mig_template OWNER migadmin`).then(
      () => true,
      () => false,
    );
  });
  // A copy has the template's rights on functions, but not those on the database.
  await superuser.query(`REVOKE ALL ON DATABASE "${name}" FROM PUBLIC`);
  await superuser.query(`GRANT CONNECT ON DATABASE "${name}" TO migapi, migscheduler, migtarget, migsearch`);
  await superuser.end();
  const urlOf: Slot['urlOf'] = (role) => services.postgres.urlOf(role, name);
  const admin = createPool({ url: urlOf('migadmin', name), name: 'test', max: 3 });
  return { name, services, people, admin, urlOf, [Symbol.asyncDispose]: () => admin.end() };
}

/** The platform over one slot: the API and, by default, a worker, both in this process. */
export interface Platform extends Resources {
  slot: Slot;
  pool: Pool;
  people: People;
  apiUrl: string;
  api: ApiCaller;
  temporal: Client;
  workerConfig: WorkerConfig;
}

export async function openPlatform(
  options: {
    worker?: boolean;
    targetTimeoutMs?: number;
    api?: Partial<ApiConfig>;
    sweepRateBesideOthers?: number;
    sweepYieldMs?: number;
    upgrades?: Partial<WorkerConfig['upgrades']>;
    events?: Partial<WorkerConfig['events']>;
    resolve?: ResolveHost;
    /** Where a Temporal of the test's own is, instead of the shared one. */
    temporal?: (namespace: string) => Promise<{ address: string } & AsyncDisposable>;
  } = {},
): Promise<Platform> {
  const resources = createResources();
  const slot = resources.use(await openSlot());
  if (options.temporal) {
    const { address } = resources.use(await options.temporal(slot.name));
    slot.services.temporal = { ...slot.services.temporal, address };
  }
  const temporal = { address: slot.services.temporal.address, namespace: slot.name };
  const api = resources.use(await startApi({ log, config: apiConfig(slot, options.api) }));
  const workerConfig: WorkerConfig = {
    postgresUrl: slot.urlOf('migscheduler', slot.name),
    targetPostgresUrl: slot.urlOf('migtarget', slot.name),
    relay: relayOptions(slot.services, 'scheduler', slot.name),
    temporal,
    workflowBundle: inject('workflowBundle'),
    schedulerKey: readFileSync(slot.people.scheduler.privateKeyFile, 'utf8'),
    upgrades: { canary: 1, atOnce: 10, maxFailurePercent: 50, stepTimeoutMs: 60_000, ...options.upgrades },
    targetTimeoutMs: options.targetTimeoutMs ?? 5_000,
    sweepRateBesideOthers: options.sweepRateBesideOthers ?? 300,
    sweepYieldMs: options.sweepYieldMs ?? 2_000,
    heartbeatMaxAgeMs: 1_200_000,
    idleAfterMs: 1_500_000,
    offlineAfterMs: 2_700_000,
    events: { ...NO_EVENTS, ...options.events },
    logLevel: 'silent',
  };
  if (options.worker !== false)
    resources.use(
      await startWorker({ config: workerConfig, log, ...(options.resolve && { resolve: options.resolve }) }),
    );
  const client = createTemporalClient(temporal);
  resources.defer(client.close);
  return Object.assign(resources, {
    slot,
    pool: slot.admin,
    people: slot.people,
    apiUrl: api.url,
    api: await createApiCaller(api.url, slot.people.bob),
    temporal: client.client,
    workerConfig,
  });
}

/** Returns the configuration of an API over one slot, on a free port. */
export function apiConfig(slot: Slot, overrides: Partial<ApiConfig> = {}): ApiConfig {
  const config = loadApiConfig({
    MIG_POSTGRES_URL: slot.urlOf('migapi', slot.name),
    MIG_POSTGRES_TARGET_URL: slot.urlOf('migsearch', slot.name),
    TEMPORAL_ADDRESS: slot.services.temporal.address,
    TEMPORAL_NAMESPACE: slot.name,
    MIG_API_PORT: '0',
    MIG_API_HTTP_HEARTBEATS: 'true',
    MIG_LOG_LEVEL: 'silent',
  });
  return { ...config, ...overrides };
}

/** Starts an API of this platform in its own process, with options for Node. */
export async function startApiProcess(
  { slot }: Platform,
  nodeOptions: readonly string[],
): Promise<AsyncDisposable & { url: string }> {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeOptions, '--import', 'tsx', 'api/main.ts'], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      MIG_POSTGRES_URL: slot.urlOf('migapi', slot.name),
      MIG_POSTGRES_TARGET_URL: slot.urlOf('migsearch', slot.name),
      MIG_API_PORT: String(port),
      TEMPORAL_ADDRESS: slot.services.temporal.address,
      TEMPORAL_NAMESPACE: slot.name,
    },
  });
  const ended = once(child, 'exit');
  await waitFor('the API process', () => portAnswers(port), { isAlive: () => child.exitCode === null });
  return {
    url: `http://127.0.0.1:${port}${BASE_ROUTE}`,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

/** Returns the environment of a worker process of this platform. */
export function workerEnv({ slot }: Pick<Platform, 'slot'>): Record<string, string> {
  const { services, name } = slot;
  return {
    MIG_POSTGRES_URL: slot.urlOf('migscheduler', name),
    MIG_POSTGRES_TARGET_URL: slot.urlOf('migtarget', name),
    MIG_AMQP_URL: relayUrl(services, 'scheduler', name),
    MIG_AMQP_CA_FILE: services.relay.files.ca,
    MIG_AMQP_CERT_FILE: services.relay.files.cert,
    MIG_AMQP_KEY_FILE: services.relay.files.key,
    TEMPORAL_ADDRESS: services.temporal.address,
    TEMPORAL_NAMESPACE: name,
    MIG_SCHEDULER_KEY_FILE: slot.people.scheduler.privateKeyFile,
    MIG_WORKFLOW_BUNDLE: inject('workflowBundle'),
  };
}

/** Starts simulated agents and waits until they are registered. */
export async function openAgents(
  platform: Platform,
  options: {
    count: number;
    prefix?: string;
    delayMs?: number;
    capabilities?: readonly Capability[];
    elements?: Readonly<Record<string, string>>;
    acl?: (people: People) => Acl;
  },
): Promise<SimulatedAgents> {
  const { slot, people, pool } = platform;
  const { keyring } = await readKeyring(
    Object.values(people).map(({ publicKey }) => ({ armored: publicKey })),
  );
  const prefix = options.prefix ?? 'sim';
  const agents = await startSimulatedAgents({
    relay: relayOptions(slot.services, 'agent', slot.name),
    acl: options.acl?.(people) ?? (demoAcl(people) as Acl),
    log,
    keyring,
    prefix,
    count: options.count,
    ...(options.delayMs ? { delayMs: options.delayMs } : {}),
    ...(options.capabilities ? { capabilities: options.capabilities } : {}),
    ...(options.elements ? { elements: options.elements } : {}),
  });
  await waitFor('registration', async () => {
    const { rows } = await pool.query('SELECT count(*) AS count FROM agents WHERE name LIKE $1', [
      `${prefix}-%`,
    ]);
    return rows[0].count >= options.count;
  });
  return agents;
}

export function cliOf(platform: Platform, who: keyof People = 'bob') {
  return createInvestigatorCli({
    home: join(platform.slot.services.home, platform.slot.name),
    apiUrl: platform.apiUrl,
    key: platform.people[who],
  });
}

/** Waits until the action is final. Returns its status and reason. */
export async function waitForEnd(platform: Platform, actionId: number, timeoutMs = 60_000) {
  return waitFor(
    `end of action ${actionId}`,
    async () => {
      const { rows } = await platform.pool.query('SELECT status, reason FROM actions WHERE id = $1', [
        actionId,
      ]);
      return ['completed', 'invalid', 'cancelled'].includes(rows[0].status) ? rows[0] : undefined;
    },
    { timeoutMs },
  ) as Promise<{ status: string; reason: string | null }>;
}

export async function commandsByStatus(
  platform: Platform,
  actionId: number,
): Promise<Record<string, number>> {
  const { rows } = await platform.pool.query(
    'SELECT status, count(*) AS count FROM commands WHERE actionid = $1 GROUP BY status',
    [actionId],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
