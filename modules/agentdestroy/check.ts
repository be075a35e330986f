import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { listAgentProcesses } from '../../platform/machine/agent-processes.ts';
import { readVersion } from './read-version.ts';

/** Lists the running agents of this installation. A version that cannot be read is empty. */
export async function checkAgents(): Promise<Partial<ModuleResult>> {
  const processes = await listAgentProcesses();
  const agents = await Promise.all(
    processes.map(async (agent) => ({
      pid: agent.pid,
      version: await readVersion(agent).catch(() => ''),
      executable: agent.executable,
      starttime: timestampFromMillis(agent.startedMs),
    })),
  );
  return { foundanything: agents.length > 0, elements: { agents } };
}
