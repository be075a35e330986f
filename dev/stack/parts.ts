import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../build/ensure-built.ts';
import { freePort } from '../ports.ts';
import type { People } from './seed.ts';
import { logFile, runningDaemons, stopDaemon } from './services/processes.ts';
import { relayUrl, type Services } from './services/services.ts';
import { startUntilReady } from './services/start-until-ready.ts';
import { DATABASE } from './stack-file.ts';

/** Our own processes. Only the tests start a second worker. */
export type Part = 'worker' | 'worker-2' | 'api';

type Program = 'worker' | 'api';
type Environments = Record<Program, Record<string, string>>;

/** Collects garbage sooner and returns freed memory (docs/operations.md): a flood needs half as much. */
const LITTLE_MEMORY = { NODE_OPTIONS: '--max-old-space-size=2000', MALLOC_ARENA_MAX: '2' };

/** Records the environments of the worker and the API, for this start and later ones. */
export function writeEnvironments(services: Services, { people, workflowBundle, worker }: PartOptions): void {
  const environments: Environments = {
    worker: { ...workerEnvironment(services, people), ...worker, MIG_WORKFLOW_BUNDLE: workflowBundle },
    api: apiEnvironment(services),
  };
  writeFileSync(environmentsFile(services.home), JSON.stringify(environments), { mode: 0o600 });
}

interface PartOptions {
  people: People;
  workflowBundle: string;
  /** More variables for the workers. */
  worker: Record<string, string> | undefined;
}

/** Starts one of our own processes in its recorded environment, and waits until it works. */
export async function startPart(home: string, part: Part): Promise<void> {
  const program = programOf(part);
  const environments = JSON.parse(readFileSync(environmentsFile(home), 'utf8')) as Environments;
  const env = environments[program];
  rmSync(logFile(home, part), { force: true });
  const spec = {
    name: part,
    command: process.execPath,
    args: ['--import', 'tsx', join(ROOT, program, 'main.ts')],
    env: { ...LITTLE_MEMORY, ...env },
    cwd: ROOT,
  };
  const isReady = {
    worker: () => hasLogged(logFile(home, part), '"worker started"'),
    api: () => answersHeartbeat(`http://127.0.0.1:${env.MIG_API_PORT}/api/v1`),
  };
  await startUntilReady(home, spec, { label: `the ${part}`, isReady: isReady[program] });
}

/** Stops one of our own processes with SIGTERM. */
export async function stopPart(home: string, part: Part): Promise<void> {
  const daemon = runningDaemons(home).find(({ name }) => name === part);
  if (daemon) await stopDaemon(home, daemon);
}

/** Starts the API of another checkout beside ours, on the same services. Returns its URL. */
export async function startOtherApi(home: string, { folder, name }: { folder: string; name: string }) {
  const { api } = JSON.parse(readFileSync(environmentsFile(home), 'utf8')) as Environments;
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}/api/v1`;
  const spec = {
    name,
    command: process.execPath,
    args: ['--import', 'tsx', join(folder, 'api', 'main.ts')],
    env: { ...LITTLE_MEMORY, ...api, MIG_API_PORT: port },
    cwd: folder,
  };
  await startUntilReady(home, spec, {
    label: `the API of ${folder}`,
    isReady: () => answersHeartbeat(url),
  });
  return url;
}

function programOf(part: Part): Program {
  return part === 'api' ? 'api' : 'worker';
}

function workerEnvironment(services: Services, people: People): Record<string, string> {
  const { postgres, relay, temporal } = services;
  return {
    MIG_POSTGRES_URL: postgres.urlOf('migscheduler', DATABASE),
    MIG_POSTGRES_TARGET_URL: postgres.urlOf('migtarget', DATABASE),
    MIG_AMQP_URL: relayUrl(services, 'scheduler', relay.vhost),
    MIG_AMQP_CA_FILE: relay.files.ca,
    MIG_AMQP_CERT_FILE: relay.files.cert,
    MIG_AMQP_KEY_FILE: relay.files.key,
    TEMPORAL_ADDRESS: temporal.address,
    MIG_SCHEDULER_KEY_FILE: people.scheduler.privateKeyFile,
  };
}

function apiEnvironment({ postgres, temporal, apiPort }: Services): Record<string, string> {
  return {
    MIG_POSTGRES_URL: postgres.urlOf('migapi', DATABASE),
    MIG_POSTGRES_TARGET_URL: postgres.urlOf('migsearch', DATABASE),
    TEMPORAL_ADDRESS: temporal.address,
    MIG_API_PORT: String(apiPort),
    MIG_API_HTTP_HEARTBEATS: 'true',
  };
}

function hasLogged(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes(text);
}

async function answersHeartbeat(apiUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${apiUrl}/heartbeat`);
    return response.ok;
  } catch {
    return false; // it does not listen yet
  }
}

function environmentsFile(home: string): string {
  return join(home, 'environments.json');
}
