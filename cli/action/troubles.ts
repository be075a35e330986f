import { type ActionView, CommandView } from '../../contract/answers.ts';
import type { ModuleResult } from '../../contract/command.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { ApiClient } from '../api/api-client.ts';
import { EXIT } from '../exit-codes.ts';

/** What is wrong with one agent's answer. */
export interface Trouble {
  agent: string;
  status: string;
  /** A module said that it failed. */
  hasFailed: boolean;
  errors: string[];
  /** What limits kept back of the answer; MIG's agents have it among the errors. */
  limits: string[];
}

const MAX_AGENTS = 100;
/** Of one agent, in the lines for people. */
export const MAX_ERRORS = 5;
const MAX_LIMITS = 100;

/** The answers of an action that carry errors, whatever else they carry. */
export async function loadTroubles(api: ApiClient, { id }: Pick<ActionView, 'id'>): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  // MIG's own API knows no such filter and gives all.
  for await (const record of api.search({ type: 'command', actionid: String(id), haserrors: 'true' })) {
    troubles.push(...troubleOf(record));
  }
  return troubles;
}

export function troubleOf(record: unknown): Trouble[] {
  const parsed = CommandView.safeParse(record);
  if (!parsed.success) {
    const errors = ['its answer has an unknown shape'];
    return [{ agent: 'an agent', status: 'success', hasFailed: true, errors, limits: [] }];
  }
  const { agent, status, results } = parsed.data;
  return troubleOfResults(agent.name, status, results ?? []);
}

export function troubleOfResults(agent: string, status: string, results: readonly ModuleResult[]): Trouble[] {
  const limits = new Set(results.flatMap((result) => result.limits ?? []));
  const all = new Set(results.flatMap((result) => result.errors ?? []));
  const errors = [...all].filter((error) => !limits.has(error));
  const hasFailed = results.some(({ success }) => !success);
  const isTrouble = hasFailed || errors.length > 0 || limits.size > 0;
  return isTrouble ? [{ agent, status, hasFailed, errors, limits: [...limits] }] : [];
}

/** How many agents answered that a module failed: MIG's counters call them successes. */
export function moduleFailures(troubles: readonly Trouble[]): number {
  return troubles.filter(({ hasFailed, status }) => hasFailed && status === 'success').length;
}

/** Who answered with errors, and the limits that cut something; `more` names where all of it is. */
export function troubleLines(troubles: readonly Trouble[], more: string): string[] {
  const answered = troubles
    .filter(({ status }) => status === 'success')
    .filter(({ hasFailed, errors }) => hasFailed || errors.length > 0);
  const limits = limitsOf(troubles);
  const isCut = answered.length > MAX_AGENTS || answered.some(({ errors }) => errors.length > MAX_ERRORS);
  return [
    ...(answered.length > 0 ? [`${answered.length} agent(s) met errors:`] : []),
    ...answered.slice(0, MAX_AGENTS).flatMap(errorLines),
    ...(answered.length > MAX_AGENTS ? [`  and ${answered.length - MAX_AGENTS} more agents`] : []),
    ...(isCut ? [more] : []),
    ...limits.slice(0, MAX_LIMITS).map((limit) => `limit: ${limit}`),
    ...(limits.length > MAX_LIMITS ? [`limit: and ${limits.length - MAX_LIMITS} more; ${more}`] : []),
  ];
}

function errorLines({ agent, errors }: Trouble): string[] {
  if (errors.length === 0) return [`  ${agent}: the module failed and gave no reason`];
  const shown = errors.slice(0, MAX_ERRORS).map((error) => `  ${agent}: ${error}`);
  const rest = errors.length - MAX_ERRORS;
  return rest > 0 ? [...shown, `  ${agent}: and ${rest} more errors`] : shown;
}

/** The limits that cut an answer, each with how many agents it cut. */
export function limitsOf(troubles: readonly Trouble[]): string[] {
  const agents = new Map<string, number>();
  for (const limit of troubles.flatMap(({ limits }) => limits)) {
    agents.set(limit, (agents.get(limit) ?? 0) + 1);
  }
  return [...agents].map(([text, count]) => `${text} (${count} agent(s))`);
}

/** What `--json` says of an answer as a whole: of so many agents that were sent the action, and answered it. */
export function outcomeOf(
  troubles: readonly Trouble[],
  { status, found, sent, success }: { status: number; found: number; sent: number; success: number },
) {
  const failures = moduleFailures(troubles);
  return {
    complete: status === EXIT.ok,
    found,
    succeeded: Math.max(0, success - failures),
    failures,
    witherrors: troubles.length,
    unanswered: sent - success,
    limits: limitsOf(troubles),
  };
}

export function exitCodeOfAction(
  { status, counters, operations }: Pick<ActionView, 'status' | 'counters' | 'operations'>,
  troubles: readonly Trouble[],
): number {
  if (status === 'invalid') return EXIT.refused;
  if (status === 'cancelled') {
    // An upgrade that fails on too many agents cancels itself.
    const isUpgrade = operations.some(({ module }) => module === 'upgrade');
    return isUpgrade && moduleFailures(troubles) > 0 ? EXIT.incomplete : EXIT.cancelled;
  }
  if (!isFinalAction(status) || (counters.sent ?? 0) > (counters.success ?? 0)) return EXIT.incomplete;
  return exitCodeOfTroubles(troubles);
}

export function exitCodeOfTroubles(troubles: readonly Trouble[]): number {
  if (troubles.some(({ hasFailed }) => hasFailed)) return EXIT.incomplete;
  return troubles.length > 0 ? EXIT.errors : EXIT.ok;
}
