import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { goErrno } from '../../contract/go/errno.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { listAgentProcesses } from '../../platform/machine/agent-processes.ts';
import { installation } from '../../platform/machine/installation.ts';
import { SERVICE_TEXT_FILES } from '../../platform/machine/service-paths.ts';
import { Refusal } from './refusal.ts';
import type { Parameters } from './schema.ts';

/** Removes the executable of a version, unless something still uses it. */
export async function removeExecutable({ version }: Parameters): Promise<Partial<ModuleResult>> {
  const file = installation().of(version);
  if (!existsSync(file)) return { elements: `no executable of agent ${version} at ${file}` };
  const use = await findUse(file);
  if (use !== undefined) throw new Refusal(`Executable ${file} not removed: ${use}`);
  try {
    rmSync(file);
  } catch (error) {
    throw new Refusal(`Failed to remove executable '${file}': '${goErrno(error)}'`);
  }
  return { elements: `executable of agent ${version} removed from ${file}` };
}

/** Returns a sentence about a use of the executable; undefined when it is unused. */
async function findUse(file: string): Promise<string | undefined> {
  const { own, link } = installation();
  if (file === own) return 'current agent uses it as well';
  if (existsSync(link) && realpathSync(link) === realpathSync(file)) return `${link} points to it`;
  const service = SERVICE_TEXT_FILES.find((path) => mentions(path, file));
  if (service !== undefined) return `the service ${service} starts it`;
  const agents = await listAgentProcesses();
  const user = agents.find(({ executable }) => executable === file);
  return user && `the agent with PID ${user.pid} uses it`;
}

function mentions(path: string, file: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes(file);
  } catch {
    return false;
  }
}
