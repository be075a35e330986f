import type { ActionView, CommandView } from '../../contract/api-responses.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { ApiClient } from '../api/api-client.ts';

/** The problems of one agent's answer. */
export interface Problems {
  agent: string;
  /** The status of the command. */
  status: string;
  /** Whether a module reported that it failed. */
  hasFailed: boolean;
  errors: string[];
  /** Sentences about limits that cut the answer; MIG's agents report them among the errors. */
  limits: string[];
}

const MAX_AGENTS = 100;
/** The most errors that are printed for one agent. */
export const MAX_ERRORS = 5;
const MAX_LIMITS = 100;

/** Loads the problems of all answers to an action. */
export async function loadProblems(api: ApiClient, { id }: Pick<ActionView, 'id'>): Promise<Problems[]> {
  const problems: Problems[] = [];
  // MIG's own API ignores the filter and returns every command.
  for await (const record of api.search('command', { actionid: id, haserrors: true })) {
    problems.push(...problemsOf(record));
  }
  return problems;
}

/** The problems of a command as the API returns it: none, or one entry. */
export function problemsOf({ agent, status, results }: CommandView): Problems[] {
  return problemsOfResults({ agent: agent.name, status, results: results ?? [] });
}

export function problemsOfResults({
  agent,
  status,
  results,
}: {
  agent: string;
  status: string;
  results: readonly ModuleResult[];
}): Problems[] {
  const limits = new Set(results.flatMap((result) => result.limits ?? []));
  const all = new Set(results.flatMap((result) => result.errors ?? []));
  const errors = [...all].filter((error) => !limits.has(error));
  const hasFailed = results.some(({ success }) => !success);
  if (!hasFailed && errors.length === 0 && limits.size === 0) return [];
  return [{ agent, status, hasFailed, errors, limits: [...limits] }];
}

/** The number of agents whose answer reports a failed module. MIG's counters call these successes. */
export function countModuleFailures(problems: readonly Problems[]): number {
  return problems.filter(({ hasFailed, status }) => hasFailed && status === 'success').length;
}

/** Lines about the agents that answered with errors, and about limits. `more` says where to find the rest. */
export function problemLines(problems: readonly Problems[], more: string): string[] {
  const answered = problems
    .filter(({ status }) => status === 'success')
    .filter(({ hasFailed, errors }) => hasFailed || errors.length > 0);
  const isCut = answered.length > MAX_AGENTS || answered.some(({ errors }) => errors.length > MAX_ERRORS);
  return [
    ...(answered.length > 0 ? [`${countOf(answered.length, 'agent')} met errors:`] : []),
    ...answered.slice(0, MAX_AGENTS).flatMap(errorLines),
    ...(answered.length > MAX_AGENTS ? [`  and ${countOf(answered.length - MAX_AGENTS, 'more agent')}`] : []),
    ...(isCut ? [more] : []),
    ...limitLines(problems, more),
  ];
}

function errorLines({ agent, errors }: Problems): string[] {
  if (errors.length === 0) return [`  ${agent}: the module failed and gave no reason`];
  const shown = errors.slice(0, MAX_ERRORS).map((error) => `  ${agent}: ${error}`);
  const rest = errors.length - MAX_ERRORS;
  return rest > 0 ? [...shown, `  ${agent}: and ${countOf(rest, 'more error')}`] : shown;
}

function limitLines(problems: readonly Problems[], more: string): string[] {
  const limits = limitsOf(problems);
  const shown = limits.slice(0, MAX_LIMITS).map((limit) => `limit: ${limit}`);
  const rest = limits.length - MAX_LIMITS;
  return rest > 0 ? [...shown, `limit: and ${rest} more; ${more}`] : shown;
}

/** The limits that cut answers, each with the number of agents. */
export function limitsOf(problems: readonly Problems[]): string[] {
  const agents = new Map<string, number>();
  const limits = problems.flatMap((problem) => problem.limits);
  for (const limit of limits) {
    agents.set(limit, (agents.get(limit) ?? 0) + 1);
  }
  return [...agents].map(([text, count]) => `${text} (${countOf(count, 'agent')})`);
}
