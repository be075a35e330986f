import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { restartAgentProcess } from '../../dev/stack/agents.ts';
import { isRunning, runningDaemons } from '../../dev/stack/processes.ts';
import { controlRelay } from '../../dev/stack/rabbitmq.ts';
import { restartService, type ServiceName } from '../../dev/stack/services.ts';
import { type Part, startPart } from '../../dev/stack/stack.ts';
import { waitFor } from '../../dev/wait.ts';
import type { TcpGate } from '../setup/tcp-gate.ts';
import type { FaultName } from './plan.ts';

export interface FaultTargets {
  home: string;
  /** Between the simulated agents and the relay. */
  gate: TcpGate;
  /** The agent whose clock is told by this file. */
  clockFile: string;
}

/** Makes the fault, holds it for so long, and mends it; resolves when the part works again. */
export async function suffer(name: FaultName, forMs: number, targets: FaultTargets): Promise<void> {
  const { home, gate, clockFile } = targets;
  switch (name) {
    case 'worker killed':
      return killPart(home, 'worker', forMs);
    case 'second worker killed':
      return killPart(home, 'worker-2', forMs);
    case 'api killed':
      return killPart(home, 'api', forMs);
    case 'relay killed':
      return killService(home, 'rabbitmq', forMs);
    case 'database killed':
      return killService(home, 'postgres', forMs);
    case 'temporal killed':
      return killService(home, 'temporal', forMs);
    case 'agent killed':
      kill(home, 'agent-1');
      await sleep(forMs);
      return restartAgentProcess(home, 'agent-1');
    case 'relay partitioned':
      gate.freeze();
      await sleep(2 * forMs);
      gate.thaw();
      // What comes back after a partition is often a reset.
      if (forMs % 2 === 0) gate.breakAll();
      return;
    case 'relay out of memory':
      await tellRelay(home, ['set_vm_memory_high_watermark', 'absolute', '1MB']);
      await sleep(forMs);
      await tellRelay(home, ['set_vm_memory_high_watermark', '0.3']);
      return;
    case 'relay out of disk':
      await tellRelay(home, ['set_disk_free_limit', '1000000GB']);
      await sleep(forMs);
      await tellRelay(home, ['set_disk_free_limit', '100MB']);
      return;
    case 'database slow':
      return slowDown(home, 2 * forMs);
    case 'clock of an agent skewed':
      writeFileSync(clockFile, String((forMs % 2 === 0 ? 1 : -1) * 30 * 3_600_000));
      await sleep(forMs);
      writeFileSync(clockFile, '0');
  }
}

/** Another fault may have killed the relay: then it is told as soon as it is back. */
async function tellRelay(home: string, order: readonly string[]): Promise<void> {
  let why = '';
  const told = async () => {
    try {
      await controlRelay(home, order);
      return true;
    } catch (error) {
      why = (error as Error).message;
      return false;
    }
  };
  await waitFor('the relay to take an order', told, { everyMs: 500 }).catch((error: Error) => {
    throw new Error(`${error.message}: ${why}`);
  });
}

async function killPart(home: string, part: Part, forMs: number): Promise<void> {
  kill(home, part);
  await sleep(forMs);
  await startPart(home, part);
}

async function killService(home: string, name: ServiceName, forMs: number): Promise<void> {
  kill(home, name);
  await sleep(forMs);
  await restartService(home, name, { vhosts: ['mig'] });
}

/** SIGKILL to the whole process group: not a line more is run. */
function kill(home: string, name: string): void {
  const daemon = runningDaemons(home).find((one) => one.name === name);
  if (!daemon || !isRunning(daemon)) throw new Error(`${name} does not run`);
  process.kill(-daemon.pid, 'SIGKILL');
}

/** PostgreSQL gets a quarter of its time: stopped for 150 ms of every 200. */
async function slowDown(home: string, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const pids = processesOf(home, 'postgres');
    signal(pids, 'SIGSTOP');
    await sleep(150);
    signal(pids, 'SIGCONT');
    await sleep(50);
  }
}

/** The server and its children; each connection of PostgreSQL is a process group of its own. */
function processesOf(home: string, name: string): number[] {
  const server = runningDaemons(home).find((daemon) => daemon.name === name)?.pid;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid === server || (server !== undefined && parentOf(pid) === server));
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // it ended meanwhile
    }
  }
}
