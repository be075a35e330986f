import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { restartAgentProcess } from '../../dev/stack/agents.ts';
import { type Part, startPart } from '../../dev/stack/parts.ts';
import { runningDaemon, runningDaemons } from '../../dev/stack/services/processes.ts';
import { controlRelay } from '../../dev/stack/services/rabbitmq.ts';
import { restartService } from '../../dev/stack/services/services.ts';
import type { ServiceName } from '../../dev/stack/services/starters.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { listPids } from '../../platform/machine/proc-files.ts';
import { readProcessStat } from '../../platform/machine/proc-stat.ts';
import { signalProcess, signalProcessGroup } from '../../platform/machine/process-signals.ts';
import type { TcpGate } from '../setup/tcp-gate.ts';
import type { FaultName } from './plan.ts';

export interface FaultTargets {
  home: string;
  /** Between the simulated agents and the relay. */
  gate: TcpGate;
  /** One agent adds the milliseconds in this file to its clock. */
  clockFile: string;
}

const SKEW_MS = 30 * 3_600_000;

/** Causes the fault, waits `forMs`, and repairs it. Resolves when the part works again. */
export async function injectFault(name: FaultName, forMs: number, targets: FaultTargets): Promise<void> {
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
      // Connections are often reset after a partition.
      if (forMs % 2 === 0) gate.breakAll();
      return;
    case 'relay out of memory':
      await controlRelayUntilDone(home, ['set_vm_memory_high_watermark', 'absolute', '1MB']);
      await sleep(forMs);
      await controlRelayUntilDone(home, ['set_vm_memory_high_watermark', '0.3']);
      return;
    case 'relay out of disk':
      await controlRelayUntilDone(home, ['set_disk_free_limit', '1000000GB']);
      await sleep(forMs);
      await controlRelayUntilDone(home, ['set_disk_free_limit', '100MB']);
      return;
    case 'database slow':
      return slowDownDatabase(home, 2 * forMs);
    case 'clock of an agent skewed':
      writeFileSync(clockFile, String(forMs % 2 === 0 ? SKEW_MS : -SKEW_MS));
      await sleep(forMs);
      writeFileSync(clockFile, '0');
  }
}

/** Retries while another fault keeps the relay down. */
async function controlRelayUntilDone(home: string, args: readonly string[]): Promise<void> {
  let lastError = '';
  const isDone = async () => {
    try {
      await controlRelay(home, args);
      return true;
    } catch (error) {
      lastError = (error as Error).message;
      return false;
    }
  };
  await waitFor('the relay to take an order', isDone, { everyMs: 500 }).catch((error: Error) => {
    throw new Error(`${error.message}: ${lastError}`);
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

/** Sends SIGKILL to the whole process group: nothing can clean up. */
function kill(home: string, name: string): void {
  signalProcessGroup(runningDaemon(home, name).pid, 'SIGKILL');
}

/** Stops PostgreSQL for 150 ms of every 200, so that it runs a quarter of the time. */
async function slowDownDatabase(home: string, forMs: number): Promise<void> {
  const endsAt = performance.now() + forMs;
  while (performance.now() < endsAt) {
    const pids = databaseProcesses(home);
    signal(pids, 'SIGSTOP');
    await sleep(150);
    signal(pids, 'SIGCONT');
    await sleep(50);
  }
}

/**
 * The server and its children: each connection of PostgreSQL is a process group of its own. Empty while another fault keeps
 * the server down.
 */
function databaseProcesses(home: string): number[] {
  const server = runningDaemons(home).find(({ name }) => name === 'postgres')?.pid;
  if (server === undefined) return [];
  return listPids().filter((pid) => pid === server || readProcessStat(pid)?.parentPid === server);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) signalProcess(pid, name);
}
