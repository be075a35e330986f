import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { StackFile } from '../stack/stack.ts';
import type { SimulationOptions } from './agents.ts';

/** Options of a fleet that can cross to another process: files instead of keys. */
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

export type Order =
  | { do: 'start'; spec: FleetSpec }
  | { do: 'heartbeat'; overMs: number }
  | { do: 'come back' | 'ledger' };

export interface LedgerReport {
  /** Commands that were run, by id. */
  ran: number[];
  /** Those that were run more than once. */
  repeated: number[];
}

/** Simulated agents in processes of their own, so that what they take is not what the bench or the platform takes. */
export interface Fleet extends AsyncDisposable {
  /** Process ids by a name for each. */
  pids: Record<string, number>;
  heartbeat(overMs?: number): Promise<void>;
  comeBack(): Promise<void>;
  ledger(): Promise<LedgerReport>;
}

/** From so many agents on, two processes: endpoints do not wait for one another's signatures. */
const AGENTS_OF_ONE_PROCESS = 500;

/** Resolves when all agents that are not offline consume, and all have sent a heartbeat. */
export async function openFleet(
  stack: StackFile,
  { home, relay, ...options }: Omit<FleetSpec, 'relay' | 'keysFolder'> & { home: string; relay?: object },
): Promise<Fleet> {
  const { host, port, vhost, caFile, certFile, keyFile, users } = stack.relay;
  const { name: username, password } = users.agent;
  const spec = {
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
  const half = options.count > AGENTS_OF_ONE_PROCESS ? Math.ceil(options.count / 2) : options.count;
  const parts = [{ ...spec, count: half }];
  if (half < options.count) parts.push({ ...spec, count: options.count - half, firstIndex: half });
  const processes = parts.map(startProcess);
  await Promise.all(processes.map(({ give }, n) => give({ do: 'start', spec: parts[n] ?? spec })));
  const all = (order: Order) => Promise.all(processes.map(({ give }) => give(order)));
  return {
    pids: Object.fromEntries(processes.map(({ child }, n) => [`simulation-${n + 1}`, child.pid ?? 0])),
    heartbeat: async (overMs = 0) => void (await all({ do: 'heartbeat', overMs })),
    comeBack: async () => void (await all({ do: 'come back' })),
    async ledger() {
      const reports = await all({ do: 'ledger' });
      return {
        ran: reports.flatMap((one) => one?.ran ?? []),
        repeated: reports.flatMap((one) => one?.repeated ?? []),
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map(({ child }) => end(child)));
    },
  };
}

function startProcess() {
  const child = fork(join(import.meta.dirname, 'process.ts'), {
    execArgv: ['--max-semi-space-size=64', '--import', 'tsx'],
  });
  return { child, give: createOrders(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}

function createOrders(child: ChildProcess): (order: Order) => Promise<LedgerReport | undefined> {
  const open = new Map<number, { resolve: (reply?: LedgerReport) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', ({ n, reply, error }: { n: number; reply?: LedgerReport; error?: string }) => {
    const waiting = open.get(n);
    open.delete(n);
    if (error === undefined) waiting?.resolve(reply);
    else waiting?.reject(new Error(error));
  });
  child.on('exit', () => {
    for (const { reject } of open.values()) reject(new Error('the simulated fleet ended'));
  });
  return (order) =>
    new Promise((resolve, reject) => {
      open.set(++last, { resolve, reject });
      child.send({ n: last, order });
    });
}
