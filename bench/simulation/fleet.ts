import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { StackFile } from '../../dev/stack.ts';
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

export type Order = { do: 'start'; spec: FleetSpec } | { do: 'heartbeat' | 'come back' | 'ledger' };

export interface LedgerReport {
  /** Commands that were run, by id. */
  ran: number[];
  /** Those that were run more than once. */
  repeated: number[];
}

/** Simulated agents in a process of their own, so that what they take is not what the bench or the platform takes. */
export interface Fleet extends AsyncDisposable {
  pid: number;
  heartbeat(): Promise<void>;
  comeBack(): Promise<void>;
  ledger(): Promise<LedgerReport>;
}

/** Resolves when all agents that are not offline consume, and all have sent a heartbeat. */
export async function openFleet(
  stack: StackFile,
  { home, relay, ...options }: Omit<FleetSpec, 'relay' | 'keysFolder'> & { home: string; relay?: object },
): Promise<Fleet> {
  const { host, port, vhost, caFile, certFile, keyFile, users } = stack.relay;
  const child = fork(join(import.meta.dirname, 'process.ts'), { execArgv: ['--import', 'tsx'] });
  const give = createOrders(child);
  const username = users.agent.name;
  await give({
    do: 'start',
    spec: {
      ...options,
      keysFolder: join(home, 'keys'),
      relay: {
        ...{ host, port, vhost, caFile, certFile, keyFile, username, password: users.agent.password },
        ...relay,
      },
    },
  });
  return {
    pid: child.pid ?? 0,
    heartbeat: async () => void (await give({ do: 'heartbeat' })),
    comeBack: async () => void (await give({ do: 'come back' })),
    ledger: async () => (await give({ do: 'ledger' })) ?? { ran: [], repeated: [] },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
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
