import { errorCode, errorMessage } from '../../contract/errors.ts';
import { isQueueloc } from '../../contract/names.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { spanInWords } from '../../contract/text/span-in-words.ts';
import { type ApiClient, countAgents } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';
import type { VerifiedEntry } from './verify-entry.ts';

/** With less time than this left, agents that are away or slow may not answer any more. */
const SOON_MS = 10 * 60_000;

/** What is otherwise now than when the first signer looked, in lines. */
export async function differences(
  { api, config }: Pick<CliSession, 'api' | 'config'>,
  { action, note }: VerifiedEntry,
  nowMs: number,
): Promise<string[]> {
  return [
    ...(await agentLines(api, action.target, note)),
    ...macroLine(config.macros, note.macro, action.target),
    ...windowLine(Date.parse(action.expireafter) - nowMs),
  ];
}

async function agentLines(
  api: Pick<ApiClient, 'search' | 'call'>,
  target: string,
  { agents, sample }: VerifiedEntry['note'],
): Promise<string[]> {
  try {
    const now = await countAgents(api, target);
    return [agentsLine(agents, now), ...(await lostAgents(api, target, sample))];
  } catch (error) {
    if (errorCode(error) !== 'unauthorized') throw error;
    return [`which agents the target reaches is not known: ${errorMessage(error)}`];
  }
}

function agentsLine(before: number, now: number): string {
  const reached = `the target reaches ${countOf(now, 'agent')}`;
  return before === now
    ? `${reached}, as when it was signed first`
    : `${reached} now, and reached ${before} when it was signed first`;
}

/** The agents that the first signer saw, and that the target does not reach any more. */
async function lostAgents(
  api: Pick<ApiClient, 'search'>,
  target: string,
  sample: VerifiedEntry['note']['sample'],
): Promise<string[]> {
  const known = sample.filter(({ queueloc }) => isQueueloc(queueloc));
  if (known.length === 0) return [];
  const list = known.map(({ queueloc }) => `'${queueloc.replaceAll("'", "''")}'`).join(', ');
  const reached = new Set<string>();
  try {
    const stillReached = `(${target}) AND queueloc IN (${list})`;
    for await (const { queueloc } of api.search('agent', { target: stillReached })) reached.add(queueloc);
  } catch (error) {
    // With the names of agents the target may be too long or too deep.
    if (errorCode(error).startsWith('target_')) return [];
    throw error;
  }
  const lost = known.filter(({ queueloc }) => !reached.has(queueloc));
  if (lost.length === 0) return [];
  const names = lost.map(({ name }) => name).join(', ');
  return [`no longer reached, of the ${countOf(known.length, 'agent')} named then: ${names}`];
}

function macroLine(macros: ReadonlyMap<string, string>, macro: string | undefined, target: string): string[] {
  if (macro === undefined) return [];
  const own = macros.get(macro);
  if (own === target) return [];
  if (own === undefined)
    return [`the first signer typed the macro ${macro}, which your configuration does not have`];
  return [`the first signer typed the macro ${macro}, and your ${macro} is another target: ${own}`];
}

function windowLine(leftMs: number): string[] {
  if (leftMs <= 0) return ['the action has expired'];
  return leftMs < SOON_MS
    ? [`the action ends in ${spanInWords(leftMs)}: agents that are away will not answer`]
    : [];
}
