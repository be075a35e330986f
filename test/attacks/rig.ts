import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import { type ApiCaller, createApiCaller, postAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { freePort } from '../../dev/ports.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { type Daemon, isRunning, startDaemon, stopDaemon } from '../../dev/stack/services/processes.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander } from '../setup/commands.ts';
import { openSlot, type Slot, workerEnv } from '../setup/platform.ts';

/** The platform in its own processes, one real agent, and every key that an attacker might hold. */
export interface Rig extends Resources {
  slot: Slot;
  pool: Pool;
  temporal: Client;
  api: Part;
  worker: Part;
  apiUrl: string;
  /** Bob has every permission, John the default ones. */
  bob: ApiCaller;
  john: ApiCaller;
  victim: AgentProcess;
  victimName: string;
  /** Connected with the password that all agents share. */
  asAgent: RelayClient;
  /** Connected with the platform's own password: what a hostile relay or server could send. */
  asRelay: RelayClient;
  commander: Commander;
  /** An endpoint of the attacker's, whose answers the attacker chooses. */
  own: { name: string; queueloc: string };
  heartbeat(overrides?: Record<string, unknown>): Promise<void>;
  /** Inserts a sent command of the victim or another agent, so that its answer can be read. Returns its id. */
  plant(queueloc?: string): Promise<number>;
  /** Waits for the answer to a planted command. */
  answerTo(commandId: number): Promise<{ status: string; text: string }>;
  /** Throws unless the API answers an investigator and heartbeats are recorded. */
  expectAlive(): Promise<void>;
  /** Throws unless, in addition, a good agent answers a good action. */
  expectServing(): Promise<void>;
}

/** One process of the platform. */
interface Part {
  pid: number;
  isAlive(): boolean;
  log(): string;
}

const OWN = { name: 'attacker', queueloc: 'linux.attacker.00000000000000000000000000000001' };
/** How long the API waits for headers and bodies: shorter than its default, so that attacks take less time. */
export const REQUEST_TIMEOUT_MS = 3_000;
const SERVING_MS = 30_000;
const ANSWER_MS = 60_000;

export async function openRig(): Promise<Rig> {
  const resources = createResources();
  const slot = resources.use(await openSlot());
  const { services } = slot;
  const temporal = createTemporalClient({ address: services.temporal.address, namespace: slot.name });
  resources.defer(temporal.close);
  const asRelay = resources.use(await openRelayClient(slot, 'scheduler'));
  const asAgent = resources.use(await openRelayClient(slot, 'agent'));
  const port = await freePort();
  const [api, worker] = await Promise.all([
    startPart(resources, slot, { program: 'api', env: apiEnv(slot, port), ready: '"api listening"' }),
    startPart(resources, slot, { program: 'worker', env: workerEnv({ slot }), ready: '"worker started"' }),
  ]);
  const apiUrl = `http://127.0.0.1:${port}/api/v1`;
  const victim = resources.use(await openAgent(slot, 'victim'));
  const rig = Object.assign(resources, {
    slot,
    pool: slot.admin,
    temporal: temporal.client,
    api,
    worker,
    apiUrl,
    bob: await createApiCaller(apiUrl, slot.people.bob),
    john: await createApiCaller(apiUrl, slot.people.john),
    victim,
    victimName: victim.name,
    asAgent,
    asRelay,
    commander: createCommander(slot, asRelay, victim),
    own: OWN,
    heartbeat: (overrides: Record<string, unknown> = {}) => sendHeartbeat(asAgent, overrides),
    plant: (queueloc = victim.queueloc) => plantCommand(rig, queueloc),
    answerTo: (commandId: number) => readAnswer(rig, commandId),
    expectAlive: () => expectAlive(rig),
    expectServing: () => expectServing(rig),
  });
  await asAgent.channel.assertQueue(`mig.agt.${OWN.queueloc}`, { durable: true });
  await asAgent.channel.bindQueue(`mig.agt.${OWN.queueloc}`, 'toagents', `mig.agt.${OWN.queueloc}`);
  await rig.heartbeat();
  await waitFor('registration', async () => {
    const { rows } = await rig.pool.query('SELECT 1 FROM agents WHERE name = ANY($1::text[])', [
      [OWN.name, victim.name],
    ]);
    return rows.length === 2;
  });
  return rig;
}

function apiEnv(slot: Slot, port: number): Record<string, string> {
  return {
    MIG_POSTGRES_URL: slot.urlOf('migapi', slot.name),
    MIG_POSTGRES_TARGET_URL: slot.urlOf('migsearch', slot.name),
    TEMPORAL_ADDRESS: slot.services.temporal.address,
    TEMPORAL_NAMESPACE: slot.name,
    MIG_API_PORT: String(port),
    MIG_API_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    MIG_TOKEN_BINDING: 'first-request',
  };
}

async function startPart(
  resources: Resources,
  slot: Slot,
  { program, env, ready }: { program: 'api' | 'worker'; env: Record<string, string>; ready: string },
): Promise<Part> {
  const { home } = slot.services;
  const name = `${slot.name}-${program}`;
  const { daemon } = startDaemon(home, {
    name,
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, program, 'main.ts')],
    env,
    cwd: ROOT,
  });
  resources.defer(() => stopDaemon(home, daemon));
  const part = partOf(daemon, join(home, 'log', `${name}.log`));
  await waitFor(`the ${program}`, () => part.log().includes(ready), { isAlive: part.isAlive });
  return part;
}

function partOf(daemon: Daemon, logFile: string): Part {
  return {
    pid: daemon.pid,
    isAlive: () => isRunning(daemon),
    log: () => readFileSync(logFile, 'utf8'),
  };
}

async function sendHeartbeat(asAgent: RelayClient, overrides: Record<string, unknown>): Promise<void> {
  const now = timestampFromMillis(Date.now());
  const body = {
    name: OWN.name,
    queueloc: OWN.queueloc,
    mode: 'daemon',
    version: '1',
    pid: 77,
    starttime: now,
    heartbeatts: now,
    refreshts: now,
    environment: { os: 'linux', isproxied: false, aws: {}, modules: ['file'] },
    tags: { owner: 'attacker' },
    ...overrides,
  };
  await asAgent.publish({
    exchange: EXCHANGE_TO_SCHEDULERS,
    routingKey: QUEUE_HEARTBEATS,
    body: JSON.stringify(body),
  });
}

async function plantCommand({ pool }: Rig, queueloc: string): Promise<number> {
  const { rows } = await pool.query(
    `WITH action AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status,
         syntaxversion, pgpsignatures)
       VALUES ('planted', 'true', '{}', '{}', '[]', now(), now() + interval '1 hour', 'completed', 2, '[]')
       RETURNING id
     )
     INSERT INTO commands (actionid, agentid, queueloc, status, starttime, publishedat)
     SELECT action.id, agents.id, agents.queueloc, 'sent', now(), now()
     FROM action, agents
     WHERE agents.queueloc = $1
     LIMIT 1
     RETURNING id`,
    [queueloc],
  );
  return rows[0].id;
}

function readAnswer({ pool }: Rig, commandId: number): Promise<{ status: string; text: string }> {
  return waitFor(
    `the answer to command ${commandId}`,
    async () => {
      const { rows } = await pool.query(
        `SELECT status, coalesce(results #>> '{0,errors}', results::text) AS text FROM commands WHERE id = $1`,
        [commandId],
      );
      return rows[0].status === 'sent' ? undefined : rows[0];
    },
    { timeoutMs: ANSWER_MS },
  );
}

async function expectAlive(rig: Rig): Promise<void> {
  for (const [name, part] of Object.entries({ api: rig.api, worker: rig.worker })) {
    if (!part.isAlive()) throw new Error(`the ${name} process has ended`);
  }
  // Waits for this very heartbeat.
  const sign = randomUUID();
  await rig.heartbeat({ tags: { sign } });
  const { status } = await rig.bob.get('/action?actionid=1');
  if (status !== 404) throw new Error(`the API answered ${status}`);
  await waitFor(
    'a good heartbeat',
    async () => {
      const { rows } = await rig.pool.query(`SELECT tags ->> 'sign' AS sign FROM agents WHERE name = $1`, [
        OWN.name,
      ]);
      return rows[0].sign === sign;
    },
    { timeoutMs: SERVING_MS },
  );
}

async function expectServing(rig: Rig): Promise<void> {
  const [actionId] = await Promise.all([
    postAction(rig.bob, { name: `proof ${Date.now()}`, target: `name='${rig.victimName}'` }),
    expectAlive(rig),
  ]);
  const row = await waitFor(
    'the end of a good action',
    async () => {
      const { rows } = await rig.pool.query(
        `SELECT a.status, a.reason, c.status AS answer
         FROM actions a
         LEFT JOIN commands c ON c.actionid = a.id
         WHERE a.id = $1 AND a.status IN ('completed', 'invalid', 'cancelled')`,
        [actionId],
      );
      return rows[0];
    },
    { timeoutMs: SERVING_MS },
  );
  if (row.answer !== 'success')
    throw new Error(`a good action ended ${row.status} with answer ${row.answer}: ${row.reason}`);
}
