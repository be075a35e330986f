import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PENDING_FILE } from '../../../modules/upgrade/install.ts';
import { listAgentProcesses } from '../../../platform/machine/agent-processes.ts';
import { installation } from '../../../platform/machine/installation.ts';

/** The state folder of a waiting successor: that of the endpoint belongs to the old agent. */
export function waitingFolder(stateDir: string, pid: number): string {
  return join(stateDir, `waiting-${pid}`);
}

/**
 * Removes the executable of the last upgrade if it never took over and no process uses it. Only the agent that owns the
 * state folder may call this.
 */
export async function removePendingExecutable(stateDir: string): Promise<void> {
  const file = join(stateDir, PENDING_FILE);
  if (!existsSync(file)) return;
  const executable = readFileSync(file, 'utf8');
  const agents = await listAgentProcesses();
  if (agents.some((agent) => agent.executable === executable && agent.pid !== process.pid)) return;
  if (isFromUpgrade(executable)) rmSync(executable, { force: true });
  rmSync(file, { force: true });
}

/** False for the running executable, which did take over, and for files that no upgrade can have installed. */
function isFromUpgrade(executable: string): boolean {
  const { folder, own } = installation();
  return executable !== own && executable.startsWith(join(folder, 'mig-agent-'));
}
