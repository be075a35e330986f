import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { findProblem, Parameters } from './schema.ts';

/** The elements of a check. */
interface AgentList {
  agents: { pid: number; version: string; executable: string; starttime: string }[];
}

export const agentdestroy = defineModule({
  name: 'agentdestroy',
  summary: 'end another agent on the same machine, count agents, remove the executable of one',
  parameters: Parameters,
  findProblem,
  print: printResult,
  loadRun: async () => (await import('./run.ts')).agentdestroyRun,
  about: {
    intro: `Serves the last steps of an upgrade: ends an agent of this installation, lists those that run, or removes the
executable of one that no link, service or running agent uses. It never ends the agent that runs it.`,
    notes: `Other forms of the parameters:

  {"operation": "check"}                                       lists the running agents
  {"operation": "remove", "version": "20150324+0d0f88c.prod"}   removes the executable of this version`,
    platforms: { linux: 'complete', darwin: 'written, never run', windows: 'written, never run' },
    privacy: 'Pid, version, start time and path of agents. Extra privacy mode masks nothing.',
    example: {
      question: 'End the agent of an old version that still runs beside the new one:',
      parameters: { pid: 4242, version: '20150324+0d0f88c.prod', starttime: '2026-11-24T12:00:00Z' },
      result: {
        ...EMPTY_RESULT,
        success: true,
        elements: 'PID 4242 from agent 20150324+0d0f88c.prod has been killed',
      },
    },
  },
});

function printResult(
  { elements, errors, success }: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const lines = typeof elements === 'string' ? [elements] : printAgents(elements);
  if (foundOnly) return lines;
  return [
    ...lines,
    ...(errors ?? []).map((error) => `[error] ${error}`),
    `agentdestroy module has ${success ? 'succeeded' : 'failed'}`,
  ];
}

function printAgents(elements: unknown): string[] {
  if (elements === null) return [];
  const { agents } = elements as Partial<AgentList>;
  if (!Array.isArray(agents)) return ['[error] failed to retrieve status message from results'];
  return agents.map(
    ({ pid, version, executable, starttime }) =>
      `agent ${version} runs with PID ${pid} since ${starttime} (${executable})`,
  );
}
