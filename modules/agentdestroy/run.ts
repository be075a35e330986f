import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/command.ts';
import { errorMessage } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { goErrno } from '../../contract/go/errno.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import { pollUntil } from '../../platform/async/poll-until.ts';
import {
  type AgentProcess,
  LONGEST_ENDING_MS,
  listAgentProcesses,
  versionOf,
} from '../../platform/machine/agent-processes.ts';
import { installation } from '../../platform/machine/installation.ts';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';
import { SERVICE_TEXT_FILES } from '../../platform/machine/service-paths.ts';
import type { ModuleRun } from '../module.ts';
import { findProblem, Parameters } from './schema.ts';

const GONE_MS = 5_000;
/** An agent tells the time at which it was ready, and a machine's clock is set now and then. */
const START_TOLERANCE_MS = 30_000;

/**
 * Ends another agent of this installation, tells how many run, or removes the executable of one: three operations, for
 * the last steps of an upgrade (spec/modules/agentdestroy.md#steps).
 */
export const agentdestroyRun: ModuleRun = {
  async run(input) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success) return failed(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data);
    if (problem !== undefined) return failed(problem);
    try {
      return { ...EMPTY_RESULT, success: true, ...(await OPERATIONS[parsed.data.operation](parsed.data)) };
    } catch (error) {
      return failed(error instanceof Refusal ? error.message : goErrno(error));
    }
  },
  failed,
};

function failed(error: string): ModuleResult {
  return { ...EMPTY_RESULT, errors: [error] };
}

type Outcome = Pick<ModuleResult, 'elements'> & { foundanything?: boolean };

const OPERATIONS: Record<Parameters['operation'], (parameters: Parameters) => Promise<Outcome>> = {
  kill,
  check,
  remove,
};

async function kill({ pid, version, starttime }: Parameters): Promise<Outcome> {
  if (pid === process.ppid) throw new Refusal(`PID '${pid}' is mine. Refusing to suicide.`);
  const agent = (await listAgentProcesses()).find((one) => one.pid === pid);
  if (!agent) {
    if (isProcessRunning(pid))
      throw new Refusal(`PID '${pid}' is not an agent of this installation. Refusing to kill it.`);
    throw new Refusal(`PID '${pid}' not found. Returned error 'no such process'`);
  }
  const found = await readVersion(agent);
  if (found !== version) throw new Refusal(`Version mismatch. Expected '${version}', found '${found}'`);
  if (starttime !== '' && Math.abs(unixMillis(starttime) - agent.startedMs) > START_TOLERANCE_MS) {
    const began = timestampFromMillis(agent.startedMs);
    throw new Refusal(`PID '${pid}' began at ${began}, not at ${starttime}. Refusing to kill it.`);
  }
  await end(agent);
  return { elements: `PID ${pid} from agent ${version} has been killed` };
}

async function end({ pid, startedMs }: AgentProcess): Promise<void> {
  const goneWithin = (timeoutMs: number) =>
    pollUntil(() => !isProcessRunning(pid), { timeoutMs, everyMs: 50 });
  signal(pid, 'SIGTERM');
  if (await goneWithin(LONGEST_ENDING_MS)) return;
  // The number may be another process by now.
  const isSame = (await listAgentProcesses()).some(
    (one) => one.pid === pid && Math.abs(one.startedMs - startedMs) < START_TOLERANCE_MS,
  );
  if (!isSame) return;
  signal(pid, 'SIGKILL');
  if (!(await goneWithin(GONE_MS)))
    throw new Refusal(`PID '${pid}' not killed. Returned error 'it is still there'`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return; // it ended by itself
    throw new Refusal(`PID '${pid}' not killed. Returned error '${goErrno(error)}'`);
  }
}

async function check(): Promise<Outcome> {
  const agents = await Promise.all(
    (await listAgentProcesses()).map(async (agent) => ({
      pid: agent.pid,
      version: await readVersion(agent).catch(() => ''),
      executable: agent.executable,
      starttime: timestampFromMillis(agent.startedMs),
    })),
  );
  return { foundanything: agents.length > 0, elements: { agents } };
}

async function remove({ version }: Parameters): Promise<Outcome> {
  const { own, link, of } = installation();
  const file = of(version);
  if (!existsSync(file)) return { elements: `no executable of agent ${version} at ${file}` };
  const keep = (why: string) => new Refusal(`Executable ${file} not removed: ${why}`);
  if (file === own) throw keep('current agent uses it as well');
  if (existsSync(link) && realpathSync(link) === realpathSync(file)) throw keep(`${link} points to it`);
  const service = SERVICE_TEXT_FILES.find((path) => mentions(path, file));
  if (service !== undefined) throw keep(`the service ${service} starts it`);
  const user = (await listAgentProcesses()).find(({ executable }) => executable === file);
  if (user) throw keep(`the agent with PID ${user.pid} uses it`);
  try {
    rmSync(file);
  } catch (error) {
    throw new Refusal(`Failed to remove executable '${file}': '${goErrno(error)}'`);
  }
  return { elements: `executable of agent ${version} removed from ${file}` };
}

function mentions(path: string, file: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes(file);
  } catch {
    return false;
  }
}

async function readVersion(agent: AgentProcess): Promise<string> {
  try {
    return await versionOf(agent);
  } catch (error) {
    throw new Refusal(`Failed to check agent version: '${errorMessage(error).split('\n')[0]}'`);
  }
}

/** What the module says no to: a result, not something broken. */
class Refusal extends Error {}
