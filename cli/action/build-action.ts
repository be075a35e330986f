import { randomInt } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Action, parseNewAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import { encodeJson, goJson, RawJson } from '../../contract/go/json.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { operationsJson, signedText } from '../../contract/rules/signed-text.ts';
import { SYNTAX_VERSION } from '../../contract/rules/validity.ts';
import { closestName } from '../../contract/text/closest.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';
import type { GlobalOptions } from '../arguments.ts';

/** Clocks differ: an action is valid from a minute ago or more, as with MIG's client. */
const SLACK_MS = 60_000;
const DEFAULT_EXPIRATION = '300s';
const MAX_NAME = 100;
/** The target where none is given. */
export const ONLINE = `status='online'`;
/** Times are signed in whole seconds: without some spread, asking twice in one second would be one signed text. */
const SPREAD_S = 600;

/** A new action around one operation; its window is set when it is signed. */
export function buildAction(
  {
    module,
    parameters,
    commandLine,
  }: { module: string; parameters: unknown; commandLine: readonly string[] },
  options: GlobalOptions,
  macros: ReadonlyMap<string, string>,
): Action {
  const words = commandLine.join(' ');
  const name = options.name ?? (words.length > MAX_NAME ? `${words.slice(0, MAX_NAME)}...` : words);
  return parseNewAction(
    encodeJson({
      name,
      target: buildTarget(options, macros),
      operations: [compressed({ module, parameters }, options)],
      syntaxversion: SYNTAX_VERSION,
    }),
  );
}

/** Whether an action says when it is valid; otherwise it begins when it is signed. */
export function hasWindow({ validfrom }: Action): boolean {
  return validfrom !== TIME_ZERO;
}

/** Adds the investigator's signature; one that has signed already signs no second time. */
export async function signAction(
  action: Action,
  signer: Signer,
  ownSignatures: readonly string[],
): Promise<Action> {
  if (action.pgpsignatures.some((signature) => ownSignatures.includes(signature))) return action;
  return { ...action, pgpsignatures: [...action.pgpsignatures, await signer.sign(signedText(action))] };
}

export function actionText(action: Action, indent?: number): string {
  const { id, operations, ...rest } = action;
  const text = encodeJson({ id, ...rest, operations: new RawJson(operationsJson(operations)) });
  return indent === undefined ? text : prettyJson(text, indent);
}

/** Indents JSON without touching a byte of its strings and numbers: `-0` and `1e21` stay what was signed. */
export function prettyJson(text: string, indent: number): string {
  let depth = 0;
  const newline = () => `\n${' '.repeat(depth * indent)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]/g, (token) => {
    if (token === '{' || token === '[') {
      depth++;
      return token + newline();
    }
    if (token === '}' || token === ']') {
      depth--;
      return newline() + token;
    }
    if (token === ',') return `,${newline()}`;
    return token === ':' ? ': ' : token;
  });
}

/** Gives an action its window, from now to the end that was asked for, unless it has one. */
export function withWindow(action: Action, { expiration }: Pick<GlobalOptions, 'expiration'>): Action {
  if (hasWindow(action) || action.pgpsignatures.length > 0) return action;
  const now = Date.now();
  const validMs = parseDurationMs(expiration ?? DEFAULT_EXPIRATION) ?? 0;
  return {
    ...action,
    validfrom: timestampFromMillis(now - SLACK_MS - randomInt(SPREAD_S) * 1000),
    expireafter: timestampFromMillis(Math.ceil((now + validMs) / 1000) * 1000),
  };
}

/** A macro of the configuration stands for its condition; anything else is one. */
export function expandTarget(target: string, macros: ReadonlyMap<string, string>): string {
  const condition = macros.get(target);
  if (condition === undefined) refuseLoneWord(target, [...macros.keys()]);
  return condition ?? target;
}

/** A condition of one word is none: it was to be a macro, or the name of an agent. */
function refuseLoneWord(target: string, macros: readonly string[]): void {
  if (!/^[\w.-]+$/.test(target) || /^(true|false)$/i.test(target)) return;
  const meant = closestName(target, macros);
  const hint = meant === undefined ? `one agent is name='${target}'` : `did you mean ${meant}?`;
  throw new MigError('usage', `-t ${target}: no macro of the configuration has this name; ${hint}`);
}

function buildTarget(options: GlobalOptions, macros: ReadonlyMap<string, string>): string {
  const condition = expandTarget(options.target ?? ONLINE, macros);
  const { targetFound, targetNotFound } = options;
  const found = `r#>>'{foundanything}' = 'true'`;
  if (targetFound !== undefined) return `queueloc IN (${answering(targetFound, found)}) AND (${condition})`;
  if (targetNotFound === undefined) return condition;
  const notFound = answering(targetNotFound, `r#>>'{foundanything}' = 'false'`);
  // Of several operations one may have found something: then the endpoint has. Where one failed, nobody knows.
  const others = answering(targetNotFound, `(${found} or r#>>'{success}' = 'false')`);
  return `queueloc IN (${notFound}) AND queueloc NOT IN (${others}) AND (${condition})`;
}

/**
 * The endpoints with such a result of an action: an agent that started again since then has another record. MIG's commands
 * name the record alone, so the queue is read from that.
 */
function answering(actionId: string, condition: string): string {
  const answers = 'agents, commands, json_array_elements(commands.results) as r';
  return `select agents.queueloc from ${answers} where agents.id = agentid and actionid=${actionId} and ${condition}`;
}

function compressed(operation: { module: string; parameters: unknown }, { compress }: GlobalOptions) {
  if (!compress) return operation;
  const parameters = gzipSync(goJson(operation.parameters)).toString('base64');
  return { module: operation.module, parameters, is_compressed: true, want_compressed: true };
}
