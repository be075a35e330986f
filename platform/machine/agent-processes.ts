import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import { EXECUTABLE_EXTENSION, installation } from './installation.ts';
import { listProcesses, type RunningProcess } from './list-processes.ts';

/** An agent that runs on this machine, from the folder that this program is in. */
export type AgentProcess = Omit<RunningProcess, 'args'>;

/** The longest that an agent takes to end: commands may finish, the others are cut off and answered. */
export const LONGEST_ENDING_MS = 12_000;
const VERSION_TIMEOUT_MS = 10_000;
const MAX_VERSION_BYTES = 4096;

/** Agents of this installation, without the processes of the modules that they run. */
export async function listAgentProcesses(): Promise<AgentProcess[]> {
  const { folder } = installation();
  const processes = await listProcesses();
  return processes
    .filter(({ executable, args }) => isAgent(executable, args) && dirname(executable) === folder)
    .map(({ pid, executable, startedMs }) => ({ pid, executable, startedMs }));
}

const EXECUTABLE_NAME = /^mig-agent(-[0-9A-Za-z+._-]+)?$/;
/** Options and commands of an operator: such a process answers and ends. */
const QUERY_OPTION = /^--?(V|S|q|i|P|h|help)$/;
const COMMAND = /^(install|uninstall|status|report|acl|loader)$/;
const MODE_OPTION = /^--?m$/;
const AGENT_MODES: readonly (string | undefined)[] = ['agent', 'agent-checkin'];

/** Whether this is `mig-agent` or `mig-agent-<version>`, and neither a module's process nor an operator's command. */
export function isAgent(executable: string, args: readonly string[]): boolean {
  if (!EXECUTABLE_NAME.test(basename(executable, EXECUTABLE_EXTENSION))) return false;
  if (args.some((arg) => QUERY_OPTION.test(arg) || COMMAND.test(arg))) return false;
  const mode = args.findIndex((arg) => MODE_OPTION.test(arg));
  return mode === -1 || AGENT_MODES.includes(args[mode + 1]);
}

/**
 * The version that an agent's executable reports. A running agent's is asked through its process, for its name may be
 * deleted or belong to another file by now.
 */
export async function versionOf(agent: string | AgentProcess): Promise<string> {
  const { stdout } = await promisify(execFile)(executableOf(agent), ['-V'], {
    env: childEnvironment(),
    timeout: VERSION_TIMEOUT_MS,
    maxBuffer: MAX_VERSION_BYTES,
    windowsHide: true,
  });
  return stdout.trimEnd();
}

function executableOf(agent: string | AgentProcess): string {
  if (typeof agent === 'string') return agent;
  return process.platform === 'linux' ? `/proc/${agent.pid}/exe` : agent.executable;
}
