import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createDeferred, type Deferred } from '../../platform/async/deferred.ts';
import { pidOf } from '../stack/services/processes.ts';
import type { StackFile } from '../stack/stack-file.ts';
import type { SimulationOptions } from './simulation-options.ts';

/** The options of a fleet in a form that crosses to another process: files instead of keys. */
export type FleetSpec = Omit<SimulationOptions, 'relay' | 'log' | 'keyring' | 'acl'> & {
  relay: {
    host: string;
    port: number;
    vhost: string;
    username: string;
    password: string;
    caFile: string;
    certFile: string;
    keyFile: string;
  };
  keysFolder: string;
};

export type FleetOptions = Omit<FleetSpec, 'relay' | 'keysFolder'> & {
  home: string;
  /** Connects to another port than the stack's relay. */
  relay?: { port: number };
};

export type Order =
  | { do: 'start'; spec: FleetSpec }
  | { do: 'heartbeat'; overMs: number }
  | { do: 'come back' | 'ledger' };

export interface LedgerReport {
  /** Ids of the commands that were run. */
  ran: number[];
  /** Ids of those that were run more than once. */
  repeated: number[];
}

/** Simulated agents in processes of their own, so that their cost is measured apart from the platform and the bench. */
export interface Fleet extends AsyncDisposable {
  /** Process ids by name. */
  pids: Record<string, number>;
  heartbeat(overMs?: number): Promise<void>;
  comeBack(): Promise<void>;
  ledger(): Promise<LedgerReport>;
}

/** Larger fleets get two processes: endpoints do not wait for each other's signatures. */
const MAX_AGENTS_OF_ONE_PROCESS = 500;

/** Resolves when all agents that are not offline consume and have sent a heartbeat. */
export async function openFleet(stack: StackFile, options: FleetOptions): Promise<Fleet> {
  const specs = specsOf(stack, options);
  const processes = await Promise.all(specs.map(startFleetProcess));
  const sendToAll = (order: Order) => Promise.all(processes.map(({ send }) => send(order)));
  return {
    pids: Object.fromEntries(processes.map(({ child }, n) => [`simulation-${n + 1}`, pidOf(child)])),
    heartbeat: async (overMs = 0) => void (await sendToAll({ do: 'heartbeat', overMs })),
    comeBack: async () => void (await sendToAll({ do: 'come back' })),
    async ledger() {
      const replies = await sendToAll({ do: 'ledger' });
      const reports = replies.map(requireReport);
      return {
        ran: reports.flatMap(({ ran }) => ran),
        repeated: reports.flatMap(({ repeated }) => repeated),
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map(({ child }) => stop(child)));
    },
  };
}

/** Only the order `ledger` has a report as its reply. */
function requireReport(reply: LedgerReport | undefined): LedgerReport {
  if (!reply) throw new Error('a process of the fleet replied without a report');
  return reply;
}

/** One spec for each process. */
function specsOf(stack: StackFile, { home, relay, ...options }: FleetOptions): FleetSpec[] {
  const { host, port, vhost, caFile, certFile, keyFile, users } = stack.relay;
  const { name: username, password } = users.agent;
  const spec: FleetSpec = {
    ...options,
    keysFolder: join(home, 'keys'),
    relay: {
      host,
      port,
      vhost,
      caFile,
      certFile,
      keyFile,
      username,
      password,
      ...relay,
    },
  };
  if (options.count <= MAX_AGENTS_OF_ONE_PROCESS) return [spec];
  const half = Math.ceil(options.count / 2);
  return [
    { ...spec, count: half },
    { ...spec, count: options.count - half, firstIndex: half },
  ];
}

interface FleetProcess {
  child: ChildProcess;
  send(order: Order): Promise<LedgerReport | undefined>;
}

async function startFleetProcess(spec: FleetSpec): Promise<FleetProcess> {
  const child = fork(join(import.meta.dirname, 'process.ts'), {
    execArgv: ['--max-semi-space-size=64', '--import', 'tsx'],
  });
  const send = createSender(child);
  await send({ do: 'start', spec });
  return { child, send };
}

/** Returns a function that sends an order and resolves to its reply. */
function createSender(child: ChildProcess): FleetProcess['send'] {
  const pending = new Map<number, Deferred<LedgerReport | undefined>>();
  let lastId = 0;
  child.on('message', ({ id, reply, error }: { id: number; reply?: LedgerReport; error?: string }) => {
    const order = pending.get(id);
    pending.delete(id);
    if (error === undefined) order?.resolve(reply);
    else order?.reject(new Error(error));
  });
  child.on('exit', () => {
    for (const order of pending.values()) order.reject(new Error('the simulated fleet ended'));
  });
  return (order) => {
    const id = ++lastId;
    const deferred = createDeferred<LedgerReport | undefined>();
    pending.set(id, deferred);
    child.send({ id, order });
    return deferred.promise;
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
