import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import type { ModuleInterface } from '../module.ts';
import { findProblem, Parameters } from './schema.ts';

/** The elements of a check. */
interface AgentList {
  agents: { pid: number; version: string; executable: string; starttime: string }[];
}

export const agentdestroyInterface: ModuleInterface = {
  name: 'agentdestroy',
  summary: 'end another agent on the same machine, count agents, remove the executable of one',
  help: `The agentdestroy module has no flags. It serves the last steps of an upgrade. Its parameters:

  {"pid": 4242, "version": "20150324+0d0f88c.prod", "starttime": "2026-11-24T12:00:00Z"}
      ends that process if it is an agent of this version with this start time ("starttime" is optional)
  {"operation": "check"}
      lists the running agents
  {"operation": "remove", "version": "20150324+0d0f88c.prod"}
      removes an executable that no link, service or running agent uses`,

  flags: {},
  schema: Parameters,

  checkParameters(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findProblem(parsed.data) : describeIssues(parsed.error);
  },

  parseFlags(args) {
    if (args.length === 0 || args[0] === '' || args[0] === 'help') return undefined;
    throw new MigError('usage', 'the agentdestroy module has no flags: write the action as a file');
  },

  print({ elements, errors, success }, { foundOnly }) {
    const lines = typeof elements === 'string' ? [elements] : printAgents(elements);
    if (foundOnly) return lines;
    return [
      ...lines,
      ...(errors ?? []).map((error) => `[error] ${error}`),
      `agentdestroy module has ${success ? 'succeeded' : 'failed'}`,
    ];
  },
};

function printAgents(elements: unknown): string[] {
  if (elements === null) return [];
  const { agents } = elements as Partial<AgentList>;
  if (!Array.isArray(agents)) return ['[error] failed to retrieve status message from results'];
  return agents.map(
    ({ pid, version, executable, starttime }) =>
      `agent ${version} runs with PID ${pid} since ${starttime} (${executable})`,
  );
}
