import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { countOf } from '../../contract/text/count-of.ts';
import { type FileLock, lockFile } from '../../platform/machine/lock-file.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { createPool } from '../../platform/postgres/pool.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { loadWorkflowBundle } from '../../worker/bundle.ts';
import { ensureAgentBuilt, ROOT } from '../build/ensure-built.ts';
import { waitFor } from '../wait-for.ts';
import { type AgentHandle, type AgentSpec, startAgentProcess } from './agents.ts';
import { writeMigrc } from './investigator.ts';
import { startPart, writeEnvironments } from './parts.ts';
import { readExternalServices } from './programs/external.ts';
import { SetupError } from './programs/setup-error.ts';
import { loadPeople, type People, seedInvestigators } from './seed.ts';
import { runningDaemons } from './services/processes.ts';
import { createDatabase, type Services, startServices } from './services/services.ts';
import { stopAll } from './services/stop-all.ts';
import {
  agentRelay,
  DATABASE,
  describeStack,
  readStackFile,
  removeStackFile,
  type StackFile,
  writeStackFile,
} from './stack-file.ts';

export interface StackOptions {
  home: string;
  agents: number;
  install: boolean;
  report: (line: string) => void;
  /** The command that may change and stop it later: a demo leaves the stack of `up` alone. */
  startedBy?: StackOwner;
  /** Another executable for the agents, programs that run it, and variables for them. */
  agent?: Partial<Pick<AgentSpec, 'executable' | 'wrapper' | 'env'>> | undefined;
  /** More variables for the workers. */
  worker?: Record<string, string> | undefined;
}

type StackOwner = 'up' | 'demo';

/** The folder below the home for the stack of a demo that runs beside the stack of `up`. */
export const DEMO_FOLDER = 'demo';

/** The folder of this checkout's stack, or MIG_HOME. */
export function stackHome(): string {
  return resolve(process.env.MIG_HOME || join(ROOT, '.mig'));
}

/** Returns the command that started the stack of this home; undefined when none runs. */
export function stackOwner(home: string): StackOwner | undefined {
  if (runningDaemons(home).length === 0) return undefined;
  const file = ownerFile(home);
  return existsSync(file) && readFileSync(file, 'utf8') === 'demo' ? 'demo' : 'up';
}

/**
 * Starts the parts of the stack that do not run yet, and first cleans up after a crash. Throws a SetupError while another
 * process starts or stops this stack.
 */
export async function up(options: StackOptions): Promise<StackFile> {
  const lock = lockHome(options.home);
  try {
    return await startOrExtend(options);
  } finally {
    lock.release();
  }
}

async function startOrExtend(options: StackOptions): Promise<StackFile> {
  const { home, startedBy = 'up' } = options;
  const stack = await findOrStart(options);
  writeFileSync(ownerFile(home), startedBy);
  const { bob, john } = await loadPeople(join(home, 'keys'));
  writeMigrc(join(home, 'migrc'), { apiUrl: stack.api.url, key: bob });
  writeMigrc(join(home, 'migrc-john'), { apiUrl: stack.api.url, key: john });
  return stack;
}

/** Stops only what `up` of this home started. Its data stays. */
export async function down(home: string): Promise<string[]> {
  if (!existsSync(home)) return [];
  const lock = lockHome(home);
  try {
    const stopped = await stopAll(home);
    removeStackFile(home);
    return stopped;
  } finally {
    lock.release();
  }
}

/** Two commands at once would start services twice, and lose the record of those that then still run. */
function lockHome(home: string): FileLock {
  const isNew = mkdirSync(home, { recursive: true, mode: 0o711 }) !== undefined;
  const lock = lockFile(join(home, 'lock'), (pid) => {
    const who = pid === undefined ? 'another command' : `another command, process ${pid},`;
    return new SetupError(`${who} is starting or stopping the stack in ${home}: try again when it has ended`);
  });
  return {
    release() {
      lock.release();
      if (isNew) removeIfEmpty(home);
    },
  };
}

/** A command that was refused before it made anything leaves no folder behind. */
function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

async function findOrStart(options: StackOptions): Promise<StackFile> {
  const running = findRunningStack(options.home);
  if (!running) return addMissingAgents(await startPlatform(options), options);
  if (running.agents.length < options.agents) return addMissingAgents(running, options);
  const { length } = running.agents;
  const surplus = length > options.agents ? ` with ${countOf(length, 'agent')}; --agents only adds` : '';
  options.report(`the stack is running already${surplus}`);
  return running;
}

/** Returns the stack of this home if all of its processes run. */
function findRunningStack(home: string): StackFile | undefined {
  const stack = readStackFile(home);
  if (!stack) return undefined;
  const external = readExternalServices(process.env);
  const needed = [
    ...(external.postgres ? [] : ['postgres']),
    ...(external.relay ? [] : ['rabbitmq']),
    ...(external.temporal ? [] : ['temporal']),
    'worker',
    'api',
    ...stack.agents.map(({ name }) => name),
  ];
  const running = new Set(runningDaemons(home).map(({ name }) => name));
  return needed.every((name) => running.has(name)) ? stack : undefined;
}

/** Starts the services, the worker and the API. */
async function startPlatform({ home, install, report, worker }: StackOptions): Promise<StackFile> {
  ensureAgentBuilt(); // a build that fails leaves nothing running
  const bundling = loadWorkflowBundle();
  const services = await startServices({ home, vhosts: ['mig'], install, report });
  const people = await loadPeople(join(home, 'keys'));
  await prepareDatabase(services, people);
  const workflowBundle = await bundling;
  writeEnvironments(services, { people, workflowBundle, worker });
  await Promise.all([startPart(home, 'worker'), startPart(home, 'api')]);
  report('API and worker are up');
  return describeStack(services, { apiUrl: `http://127.0.0.1:${services.apiPort}/api/v1`, people });
}

async function prepareDatabase(services: Services, people: People): Promise<void> {
  await createDatabase(services, DATABASE);
  const adminUrl = services.postgres.urlOf('migadmin', DATABASE);
  const pool = createPool({ url: adminUrl, name: 'mig migrate', max: 1 });
  await migrate(pool);
  // The agents of an earlier start ended with it. In an external database the agents of others may be alive.
  if (!services.isPostgresExternal) {
    await pool.query(
      `UPDATE agents
       SET status = 'offline'
       WHERE status IN ('online', 'idle')`,
    );
  }
  await pool.end();
  await seedInvestigators(adminUrl, people);
}

/** Starts the missing agents and writes `stack.json`. */
async function addMissingAgents(stack: StackFile, options: StackOptions): Promise<StackFile> {
  const { home, report } = options;
  const people = await loadPeople(join(home, 'keys'));
  const executable = ensureAgentBuilt();
  const started = await Promise.all(
    missingAgents(stack, options.agents).map((name) =>
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
  if (agents.length > 0) report(`${countOf(agents.length, 'agent')} registered`);
  const complete = { ...stack, agents };
  writeStackFile(home, complete);
  return complete;
}

function missingAgents({ agents }: StackFile, wanted: number): string[] {
  return Array.from({ length: wanted - agents.length }, (_, i) => `agent-${agents.length + i + 1}`);
}

async function waitForRegistration(url: string, agents: readonly AgentHandle[]): Promise<void> {
  const pool = createPool({ url, name: 'mig up', max: 1 });
  const endpoints = agents.map(({ queueloc, pid }) => `${queueloc} ${pid}`);
  try {
    await waitFor('registration of the agents', async () => {
      const { count } = await readRow<{ count: number }>(pool, {
        text: `SELECT count(*) AS count
         FROM agents
         WHERE queueloc || ' ' || pid = ANY($1::text[])`,
        values: [endpoints],
      });
      return count >= agents.length;
    });
  } finally {
    await pool.end();
  }
}

function ownerFile(home: string): string {
  return join(home, 'started-by');
}
