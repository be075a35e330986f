import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { migrate } from '../../platform/postgres/migrate.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { loadWorkflowBundle } from '../../worker/bundle.ts';
import { ensureAgentBuilt, ROOT } from '../build/ensure-built.ts';
import { waitFor } from '../wait.ts';
import { type AgentHandle, type AgentSpec, startAgentProcess } from './agents.ts';
import { readExternalServices } from './external.ts';
import { writeMigrc } from './investigator.ts';
import { type Daemon, isRunning, logTail, runningDaemons, startDaemon, stopDaemon } from './processes.ts';
import { loadPeople, type People, seedInvestigators } from './seed.ts';
import { createDatabase, relayUrl, type Services, startServices, stopServices } from './services.ts';
import { SetupError } from './setup-error.ts';

/** `.mig/stack.json`: read by tools outside the project, so its shape is fixed. */
export interface StackFile {
  api: { url: string };
  postgres: { url: string };
  relay: {
    host: string;
    port: number;
    vhost: string;
    caFile: string;
    certFile: string;
    keyFile: string;
    users: Record<'scheduler' | 'agent', { name: string; password: string }>;
  };
  temporal: { address: string; namespace: string; uiUrl: string };
  investigator: { name: string; fingerprint: string; privateKeyFile: string };
  scheduler: { fingerprint: string };
  agents: AgentHandle[];
}

export interface StackOptions {
  home: string;
  agents: number;
  install: boolean;
  say: (line: string) => void;
  /** Who may change and stop it afterwards; a demo leaves alone what it did not start. */
  startedBy?: StackOwner;
  /** Another executable for the agents, and variables for them. */
  agent?: Partial<Pick<AgentSpec, 'executable' | 'env'>>;
  /** More variables for the workers. */
  worker?: Record<string, string>;
}

type StackOwner = 'up' | 'demo';

const DATABASE = 'mig';
/** Below the home: where a demo lives that found somebody's stack running. */
export const DEMO_FOLDER = 'demo';

/** Where the stack of this checkout, or of MIG_HOME, lives. */
export function stackHome(): string {
  return resolve(process.env.MIG_HOME || join(ROOT, '.mig'));
}

/** Who started what runs in this home, if anything does. */
export function stackOwner(home: string): StackOwner | undefined {
  if (runningDaemons(home).length === 0) return undefined;
  const file = join(home, 'started-by');
  return existsSync(file) && readFileSync(file, 'utf8') === 'demo' ? 'demo' : 'up';
}

/** Starts everything, or finds it running. What a crash left is cleaned up first. */
export async function up(options: StackOptions): Promise<StackFile> {
  const { home, startedBy = 'up' } = options;
  const stack = await findOrStart(options);
  writeFileSync(join(home, 'started-by'), startedBy);
  const { bob, john } = await loadPeople(join(home, 'keys'));
  writeMigrc(join(home, 'migrc'), { apiUrl: stack.api.url, key: bob });
  writeMigrc(join(home, 'migrc-john'), { apiUrl: stack.api.url, key: john });
  return stack;
}

async function findOrStart(options: StackOptions): Promise<StackFile> {
  const { home, say } = options;
  const running = await findRunning(home);
  if (running && running.agents.length >= options.agents) {
    say('the stack is running already');
    return running;
  }
  if (running) return addAgents(running, options);
  const executable = ensureAgentBuilt();
  const bundle = loadWorkflowBundle();
  const services = await startServices({ home, vhosts: ['mig'], install: options.install, say });
  const people = await loadPeople(join(home, 'keys'));
  await prepareDatabase(services, () =>
    seedInvestigators(services.postgres.urlOf('migadmin', DATABASE), people),
  );
  const codePath = await bundle;
  const url = `http://127.0.0.1:${services.apiPort}/api/v1`;
  const environments: Environments = {
    worker: { ...workerEnv(services, people), ...options.worker, MIG_WORKFLOW_BUNDLE: codePath },
    api: {
      MIG_POSTGRES_URL: services.postgres.urlOf('migapi', DATABASE),
      MIG_POSTGRES_TARGET_URL: services.postgres.urlOf('migsearch', DATABASE),
      TEMPORAL_ADDRESS: services.temporal.address,
      MIG_API_PORT: String(services.apiPort),
      MIG_API_HTTP_HEARTBEATS: 'true',
    },
  };
  writeFileSync(join(home, 'environments.json'), JSON.stringify(environments), { mode: 0o600 });
  await Promise.all([startPart(home, 'worker'), startPart(home, 'api')]);
  say('API and worker are up');
  const stack = describe(services, { url, people });
  return addAgents(stack, { ...options, executable });
}

/** Stops just what `up` of this home started; its data stays. */
export async function down(home: string): Promise<string[]> {
  const stopped = await stopServices(home);
  rmSync(join(home, 'stack.json'), { force: true });
  return stopped;
}

async function findRunning(home: string): Promise<StackFile | undefined> {
  const file = join(home, 'stack.json');
  if (!existsSync(file)) return undefined;
  const stack = JSON.parse(readFileSync(file, 'utf8')) as StackFile;
  const names = new Set(runningDaemons(home).map(({ name }) => name));
  const external = readExternalServices(process.env);
  const needed = [
    ...(external.postgres ? [] : ['postgres']),
    ...(external.relay ? [] : ['rabbitmq']),
    ...(external.temporal ? [] : ['temporal']),
    'worker',
    'api',
    ...stack.agents.map(({ name }) => name),
  ];
  return needed.every((name) => names.has(name)) ? stack : undefined;
}

async function prepareDatabase(services: Services, seed: () => Promise<void>): Promise<void> {
  await createDatabase(services, DATABASE);
  const pool = createPool({
    url: services.postgres.urlOf('migadmin', DATABASE),
    name: 'mig migrate',
    max: 1,
  });
  await migrate(pool);
  // Whatever is remembered from an earlier start ended with it; elsewhere the agents of others may be alive.
  if (!services.isPostgresExternal) {
    await pool.query(`UPDATE agents SET status = 'offline' WHERE status IN ('online', 'idle')`);
  }
  await pool.end();
  await seed();
}

function workerEnv(services: Services, people: People): Record<string, string> {
  return {
    MIG_POSTGRES_URL: services.postgres.urlOf('migscheduler', DATABASE),
    MIG_POSTGRES_TARGET_URL: services.postgres.urlOf('migtarget', DATABASE),
    MIG_AMQP_URL: relayUrl(services, 'scheduler', services.relay.vhost),
    MIG_AMQP_CA_FILE: services.relay.files.ca,
    MIG_AMQP_CERT_FILE: services.relay.files.cert,
    MIG_AMQP_KEY_FILE: services.relay.files.key,
    TEMPORAL_ADDRESS: services.temporal.address,
    MIG_SCHEDULER_KEY_FILE: people.scheduler.privateKeyFile,
  };
}

/** Garbage is collected sooner, and freed memory given back (docs/operations.md): a flood costs half as much. */
const LITTLE_MEMORY = { NODE_OPTIONS: '--max-old-space-size=2000', MALLOC_ARENA_MAX: '2' };

/** Our own processes; a second worker runs only where somebody starts it. */
export type Part = 'worker' | 'worker-2' | 'api';
type Environments = Record<'worker' | 'api', Record<string, string>>;

/** Starts one of our own processes as `up` did, and waits until it works: the first time, or after it was stopped. */
export async function startPart(home: string, part: Part): Promise<void> {
  const environments = JSON.parse(readFileSync(join(home, 'environments.json'), 'utf8')) as Environments;
  const program = part === 'api' ? 'api' : 'worker';
  const env = environments[program];
  rmSync(join(home, 'log', `${part}.log`), { force: true });
  startDaemon(home, {
    name: part,
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, program, 'main.ts')],
    env: { ...LITTLE_MEMORY, ...env },
    cwd: ROOT,
  });
  const isUp = {
    worker: () => readLog(home, part).includes('"worker started"'),
    api: async () => (await fetch(`http://127.0.0.1:${env.MIG_API_PORT}/api/v1/heartbeat`)).ok,
  };
  await waitForProcess(home, part, isUp[program]);
}

/** Ends one of our own processes in the ordinary way. */
export async function stopPart(home: string, part: Part): Promise<void> {
  const daemon = runningDaemons(home).find(({ name }) => name === part);
  if (daemon) await stopDaemon(home, daemon);
}

async function waitForProcess(
  home: string,
  name: string,
  isUp: () => Promise<boolean> | boolean,
): Promise<void> {
  const find = (): Daemon | undefined => runningDaemons(home).find((daemon) => daemon.name === name);
  const daemon = find();
  try {
    await waitFor(name, async () => Promise.resolve(isUp()).catch(() => false), {
      isAlive: () => daemon !== undefined && isRunning(daemon),
    });
  } catch (cause) {
    throw new SetupError(`the ${name} did not start: ${logTail(home, name)}`, { cause });
  }
}

function readLog(home: string, name: string): string {
  const file = join(home, 'log', `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function describe(
  services: Services,
  { url, people }: { url: string; people: Awaited<ReturnType<typeof loadPeople>> },
): StackFile {
  const { relay, temporal, postgres } = services;
  return {
    api: { url },
    postgres: { url: postgres.urlOf('migadmin', DATABASE) },
    relay: {
      host: relay.host,
      port: relay.port,
      vhost: relay.vhost,
      caFile: relay.files.ca,
      certFile: relay.files.cert,
      keyFile: relay.files.key,
      users: {
        scheduler: { name: 'scheduler', password: relay.passwords.scheduler },
        agent: { name: 'agent', password: relay.passwords.agent },
      },
    },
    temporal: { address: temporal.address, namespace: 'default', uiUrl: temporal.uiUrl },
    investigator: {
      name: people.bob.name,
      fingerprint: people.bob.fingerprint,
      privateKeyFile: people.bob.privateKeyFile,
    },
    scheduler: { fingerprint: people.scheduler.fingerprint },
    agents: [],
  };
}

/** Starts the agents that are missing and writes `stack.json`. */
async function addAgents(
  stack: StackFile,
  options: StackOptions & { executable?: string },
): Promise<StackFile> {
  const { home, say } = options;
  const people = await loadPeople(join(home, 'keys'));
  const executable = options.executable ?? ensureAgentBuilt();
  const missing = Array.from(
    { length: options.agents - stack.agents.length },
    (_, i) => `agent-${stack.agents.length + i + 1}`,
  );
  const started = await Promise.all(
    missing.map((name) =>
      startAgentProcess({
        home,
        name,
        executable,
        people,
        ...options.agent,
        ...agentRelay(stack),
      }),
    ),
  );
  const agents = [...stack.agents, ...started.map(({ daemon: _, ...agent }) => agent)];
  await waitForRegistration(stack.postgres.url, agents);
  if (agents.length > 0) say(`${agents.length} agent(s) registered`);
  const complete = { ...stack, agents };
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'stack.json'), `${JSON.stringify(complete, null, 2)}\n`, { mode: 0o600 });
  return complete;
}

/** What an agent of this stack is told of the relay. */
export function agentRelay({ relay }: StackFile): Pick<AgentSpec, 'relayUrl' | 'files'> {
  const { users, host, port, vhost, caFile, certFile, keyFile } = relay;
  return {
    relayUrl: `amqps://agent:${users.agent.password}@${host}:${port}/${vhost}`,
    files: { ca: caFile, cert: certFile, key: keyFile },
  };
}

async function waitForRegistration(url: string, agents: readonly AgentHandle[]): Promise<void> {
  const pool = createPool({ url, name: 'mig up', max: 1 });
  const pairs = agents.map(({ queueloc, pid }) => `${queueloc} ${pid}`);
  try {
    await waitFor('registration of the agents', async () => {
      const { rows } = await pool.query(
        `SELECT count(*) AS count FROM agents WHERE queueloc || ' ' || pid = ANY($1::text[])`,
        [pairs],
      );
      return rows[0].count >= agents.length;
    });
  } finally {
    await pool.end();
  }
}
