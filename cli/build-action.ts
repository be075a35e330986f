import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Action, parseNewAction } from '../contract/action.ts';
import { MigError } from '../contract/errors.ts';
import { SYNTAX_VERSION, TIME_ZERO } from '../contract/names.ts';
import { parseDurationMs } from '../contract/rules/duration.ts';
import { encodeJson, goJson, RawJson } from '../contract/rules/go-json.ts';
import { operationsJson, signedText } from '../contract/rules/signed-text.ts';
import { timestampFromMillis } from '../contract/rules/timestamps.ts';
import type { Signer } from '../platform/openpgp/sign.ts';
import type { GlobalOptions } from './arguments.ts';

/** Clocks differ: an action is valid from a minute ago to a minute after its end (MIG's client does the same). */
const SLACK_MS = 60_000;
const MAX_NAME = 100;
/** Times are signed in whole seconds: without some spread, asking twice in one second would be one signed text. */
const SPREAD_S = 600;

/** A new action around one operation, valid from now. */
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
  return withWindow(
    parseNewAction(
      encodeJson({
        name,
        target: buildTarget(options, macros),
        operations: [compressed({ module, parameters }, options)],
        syntaxversion: SYNTAX_VERSION,
      }),
    ),
    options,
  );
}

/** An action from a file, as another signer printed it: its signatures and window stay. */
export function loadAction(
  file: string,
  options: GlobalOptions,
  macros: ReadonlyMap<string, string>,
): Action {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MigError('usage', `${file}: cannot be read`, { cause });
  }
  const action = { ...parseNewAction(text), syntaxversion: SYNTAX_VERSION };
  if (action.pgpsignatures.length > 0) return action;
  if (options.target !== undefined) action.target = macros.get(options.target) ?? options.target;
  if (options.name !== undefined) action.name = options.name;
  return action.validfrom === TIME_ZERO ? withWindow(action, options) : action;
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
function prettyJson(text: string, indent: number): string {
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

function withWindow(action: Action, { expiration }: GlobalOptions): Action {
  const now = Date.now();
  return {
    ...action,
    validfrom: timestampFromMillis(now - SLACK_MS - randomInt(SPREAD_S) * 1000),
    expireafter: timestampFromMillis(now + parseDuration(expiration) + SLACK_MS),
  };
}

function buildTarget(options: GlobalOptions, macros: ReadonlyMap<string, string>): string {
  const target = options.target ?? `status='online'`;
  const condition = macros.get(target) ?? target;
  const [id, found] = options.targetFound ? [options.targetFound, true] : [options.targetNotFound, false];
  if (id === undefined) return condition;
  if (!/^\d+$/.test(id)) throw new MigError('usage', `-target-${found ? '' : 'not'}found needs an action id`);
  return `id IN (select agentid from commands, json_array_elements(commands.results) as r where actionid=${id} and r#>>'{foundanything}' = '${found}') AND (${condition})`;
}

function compressed(operation: { module: string; parameters: unknown }, { compress }: GlobalOptions) {
  if (!compress) return operation;
  const parameters = gzipSync(goJson(operation.parameters)).toString('base64');
  return { module: operation.module, parameters, is_compressed: true, want_compressed: true };
}

function parseDuration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  throw new MigError('usage', `-e must be a duration like 60s, 5m or 1h30m, not ${JSON.stringify(text)}`);
}
