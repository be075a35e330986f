import { goErrno } from '../../contract/go/errno.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { pollUntil } from '../../platform/async/poll-until.ts';
import {
  type AgentProcess,
  LONGEST_ENDING_MS,
  listAgentProcesses,
} from '../../platform/machine/agent-processes.ts';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';
import { readVersion } from './read-version.ts';
import { Refusal } from './refusal.ts';
import type { Parameters } from './schema.ts';

const KILL_TIMEOUT_MS = 5_000;
const POLL_MS = 50;
/** An agent reports when it was ready, which is after its start, and the clock of a machine may be adjusted meanwhile. */
const START_TOLERANCE_MS = 30_000;

/** Ends another agent of this installation if it has the expected version and start time. */
export async function killAgent({ pid, version, starttime }: Parameters): Promise<Partial<ModuleResult>> {
  if (pid === process.ppid) throw new Refusal(`PID '${pid}' is mine. Refusing to suicide.`);
  const agent = await findAgent(pid);
  await verifyVersion(agent, version);
  verifyStartTime(agent, starttime);
  await endAgent(agent);
  return { elements: `PID ${pid} from agent ${version} has been killed` };
}

async function findAgent(pid: number): Promise<AgentProcess> {
  const agents = await listAgentProcesses();
  const agent = agents.find((one) => one.pid === pid);
  if (agent) return agent;
  if (isProcessRunning(pid)) {
    throw new Refusal(`PID '${pid}' is not an agent of this installation. Refusing to kill it.`);
  }
  throw new Refusal(`PID '${pid}' not found. Returned error 'no such process'`);
}

async function verifyVersion(agent: AgentProcess, expected: string): Promise<void> {
  const found = await readVersion(agent);
  if (found !== expected) throw new Refusal(`Version mismatch. Expected '${expected}', found '${found}'`);
}

/** Another agent may have the pid now. */
function verifyStartTime({ pid, startedMs }: AgentProcess, expected: string): void {
  // If the system does not report the start time, the version must suffice.
  if (expected === '' || Number.isNaN(startedMs) || isSameTime(unixMillis(expected), startedMs)) return;
  const began = timestampFromMillis(startedMs);
  throw new Refusal(`PID '${pid}' began at ${began}, not at ${expected}. Refusing to kill it.`);
}

function isSameTime(oneMs: number, otherMs: number): boolean {
  return Math.abs(oneMs - otherMs) <= START_TOLERANCE_MS;
}

/** Sends SIGTERM, so that the agent can answer its commands, then SIGKILL. */
async function endAgent(agent: AgentProcess): Promise<void> {
  const { pid } = agent;
  sendSignal(pid, 'SIGTERM');
  if (await hasEndedWithin(LONGEST_ENDING_MS, pid)) return;
  if (!(await isStillThisAgent(agent))) return;
  sendSignal(pid, 'SIGKILL');
  if (await hasEndedWithin(KILL_TIMEOUT_MS, pid)) return;
  throw new Refusal(`PID '${pid}' not killed. Returned error 'it is still there'`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return; // The process ended by itself.
    throw new Refusal(`PID '${pid}' not killed. Returned error '${goErrno(error)}'`);
  }
}

async function hasEndedWithin(timeoutMs: number, pid: number): Promise<boolean> {
  const hasEnded = await pollUntil(() => !isProcessRunning(pid), { timeoutMs, everyMs: POLL_MS });
  return hasEnded === true;
}

/** Another process may have the pid now. */
async function isStillThisAgent({ pid, startedMs }: AgentProcess): Promise<boolean> {
  const agents = await listAgentProcesses();
  return agents.some((one) => one.pid === pid && isSameTime(one.startedMs, startedMs));
}
