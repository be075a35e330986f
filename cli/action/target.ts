import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import type { GlobalOptions } from '../options.ts';

type Macros = ReadonlyMap<string, string>;

/** The default target. */
export const ONLINE = `status='online'`;

const FOUND = `r#>>'{foundanything}' = 'true'`;
const NOT_FOUND = `r#>>'{foundanything}' = 'false'`;
const FAILED = `r#>>'{success}' = 'false'`;

/** The target of a new action: the given condition, narrowed by the answers to an earlier action. */
export function buildTarget(options: GlobalOptions, macros: Macros): string {
  const condition = expandTarget(options.target ?? ONLINE, macros);
  const { targetFound, targetNotFound } = options;
  if (targetFound !== undefined || targetNotFound !== undefined) requireWhole(condition);
  if (targetFound !== undefined) return `queueloc IN (${answering(targetFound, FOUND)}) AND (${condition})`;
  if (targetNotFound === undefined) return condition;
  // An endpoint counts as found if one of several operations found something. If one failed, the outcome is unknown.
  const others = answering(targetNotFound, `(${FOUND} or ${FAILED})`);
  return `queueloc IN (${answering(targetNotFound, NOT_FOUND)}) AND queueloc NOT IN (${others}) AND (${condition})`;
}

/** What matters in a condition of Postgres: texts, names in quotes, and what is left of them when they do not end. */
const TOKEN =
  /(?<![\w$\u0080-\uffff])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--|\/\*|[$()'"]/gu;

/**
 * Refuses a condition that would end the parentheses around it: `true) OR (true` would reach everybody. It may be that of a
 * saved question or of an action, which somebody else wrote.
 */
function requireWhole(condition: string): void {
  let depth = 0;
  for (const [token] of condition.matchAll(TOKEN)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token.length < 2 || token === '--' || token === '/*') depth = Number.NaN;
    if (!(depth >= 0)) break;
  }
  if (depth === 0) return;
  throw new MigError(
    'usage',
    `the target ${JSON.stringify(condition)} is no whole condition, and could reach others than those of -target-found: give another with -t`,
  );
}

/** Replaces a macro of the configuration by its condition; any other target is already a condition. */
export function expandTarget(target: string, macros: Macros): string {
  const condition = macros.get(target);
  if (condition === undefined) refuseSingleWord(target, macros);
  return condition ?? target;
}

/** Refuses a single word, which is no condition but a misspelt macro or the name of an agent. */
function refuseSingleWord(target: string, macros: Macros): void {
  if (!/^[\w.-]+$/.test(target) || /^(true|false)$/i.test(target)) return;
  const hint = didYouMean(target, [...macros.keys()]) || `; for one agent, the target is "name='${target}'"`;
  throw new MigError('usage', `no macro in the configuration is named ${JSON.stringify(target)}${hint}`);
}

/**
 * Selects the endpoints with a certain result of an action. MIG's commands name only the agent record, and a restarted agent
 * has a new one, so the records are joined by their queue.
 */
function answering(actionId: string, condition: string): string {
  const answers = 'agents, commands, json_array_elements(commands.results) as r';
  return `select agents.queueloc from ${answers} where agents.id = agentid and actionid=${actionId} and ${condition}`;
}
