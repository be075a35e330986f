import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Command } from '../../../contract/command.ts';
import { timestampFromMillis } from '../../../contract/go/time.ts';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { EMPTY_RESULT } from '../../../contract/module-result.ts';
import { declareProcessQueue } from '../../../platform/rabbitmq/topology.ts';

/** The process of a simulated endpoint that answers for it, and the one that an upgrade started beside it. */
export interface Processes {
  pid: number;
  version: string;
  successor?: { pid: number; version: string; isStarted?: boolean };
}

/** Larger than the PIDs of all first processes. */
const SUCCESSOR_PID_OFFSET = 1_000_000;

export function firstProcess(index: number): Processes {
  return { pid: 10_000 + index, version: '1-simulated' };
}

/** Advances an endpoint by one step of an upgrade, as the agent would. Returns undefined for every other module. */
export function upgradeResult({ action }: Command, processes: Processes): ModuleResult | undefined {
  const [operation] = action.operations;
  const parameters = (operation?.parameters ?? {}) as Record<string, unknown>;
  if (operation?.module === 'upgrade') return upgrade(parameters, processes);
  if (operation?.module === 'agentdestroy') return destroy(parameters, processes);
  return undefined;
}

function upgrade(parameters: Record<string, unknown>, processes: Processes): ModuleResult {
  const { to_version = '' } = (parameters['linux/amd64'] ?? {}) as { to_version?: string };
  if (to_version.startsWith('broken')) return { ...EMPTY_RESULT, errors: ['it does not run here'] };
  const { pid: oldpid, version: oldversion } = processes;
  processes.successor ??= { pid: oldpid + SUCCESSOR_PID_OFFSET, version: to_version };
  const newpid = processes.successor.pid;
  const oldstarttime = timestampFromMillis(Date.now() - 3_600_000);
  return success({ oldpid, oldversion, oldstarttime, version: to_version, newpid });
}

function destroy(parameters: Record<string, unknown>, processes: Processes): ModuleResult {
  const { operation = 'kill', pid } = parameters;
  if (operation === 'remove') return success('executable removed');
  if (operation === 'check') return success({ agents: [{ pid: processes.pid, version: processes.version }] });
  const { successor } = processes;
  if (pid !== processes.pid || !successor) {
    return { ...EMPTY_RESULT, errors: [`PID '${pid}' not found. Returned error 'no such process'`] };
  }
  processes.pid = successor.pid;
  processes.version = successor.version;
  delete processes.successor;
  return success(`PID ${pid} has been killed`);
}

function success(elements: unknown): ModuleResult {
  return { ...EMPTY_RESULT, success: true, elements };
}

/** Starts the new process of an upgrade, once: it consumes its own queue, then sends a heartbeat. */
export async function startSuccessor(
  { queueloc, processes: { successor } }: { queueloc: string; processes: Processes },
  connection: ChannelModel | undefined,
  options: {
    startMs: number;
    onMessage: (channel: Channel, message: ConsumeMessage) => void;
    announce: (successor: { pid: number; version: string }) => Promise<unknown>;
  },
): Promise<void> {
  if (!successor || !connection || successor.isStarted) return;
  successor.isStarted = true;
  await sleep(options.startMs, undefined, { ref: false });
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    const queue = await declareProcessQueue(channel, queueloc, successor.pid);
    await channel.consume(queue, (message) => message && options.onMessage(channel, message));
    await options.announce(successor);
  } catch {
    successor.isStarted = false; // the connection broke: the next message on the new one starts it again
  }
}
