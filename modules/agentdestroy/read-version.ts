import { errorMessage } from '../../contract/errors.ts';
import { type AgentProcess, versionOf } from '../../platform/machine/agent-processes.ts';
import { Refusal } from './refusal.ts';

/** Returns the version that a running agent's executable reports. Throws Refusal with the first line of its error. */
export async function readVersion(agent: AgentProcess): Promise<string> {
  try {
    return await versionOf(agent);
  } catch (error) {
    throw new Refusal(`Failed to check agent version: '${errorMessage(error).split('\n', 1)[0]}'`);
  }
}
