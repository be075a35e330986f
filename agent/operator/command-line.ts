import { errorMessage, MigError } from '../../contract/errors.ts';
import {
  type FlagKind,
  type ParsedFlags,
  parseGoFlags,
  refuseContradicted,
} from '../../contract/go/flags.ts';
import { COMMANDS, COMMON_FLAGS, type CommandName } from './command-help.ts';

/** A command of an operator, with its arguments. */
export type OperatorCommand =
  | { name: 'install'; isStarting: boolean }
  | { name: 'uninstall' | 'status' }
  | { name: 'report'; since: string | undefined; json: boolean; html: boolean }
  | { name: 'acl'; actionFile: string; json: boolean };

/** Advice for words that are easily mistaken for commands. */
const ADVICE: Record<string, string> = {
  remove: 'mig-agent uninstall removes the service, and mig remove QUEUELOC the endpoint from the records',
};

/** Parses the words after the agent's own flags; throws `usage` with a pointer to the help. */
export function parseCommand([word, ...args]: readonly string[]): {
  command?: OperatorCommand;
  help?: string;
  configFile?: string | undefined;
} {
  if (word === undefined) return {};
  if (!isCommand(word)) {
    const advice = Object.hasOwn(ADVICE, word) ? `${ADVICE[word]}; ` : '';
    throw new MigError('usage', `unexpected argument: ${word}; ${advice}mig-agent -h explains`);
  }
  try {
    const flags = parseMixed(args, { ...COMMON_FLAGS, ...COMMANDS[word].flags });
    refuseContradicted(flags.contradicted);
    if (flags.values.h === true || flags.values.help === true) return { help: COMMANDS[word].help };
    return { command: commandOf(word, flags), configFile: textOf(flags, 'c') };
  } catch (cause) {
    throw new MigError('usage', `${errorMessage(cause)}; mig-agent ${word} -h explains`, { cause });
  }
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function commandOf(name: CommandName, flags: ParsedFlags): OperatorCommand {
  if (name === 'acl') return { name, actionFile: actionFileOf(flags.rest), json: flags.values.json === true };
  refuse(flags.rest[0]);
  switch (name) {
    case 'install':
      return { name, isStarting: flags.values['no-start'] !== true };
    case 'uninstall':
    case 'status':
      return { name };
    case 'report': {
      const { json, html } = flags.values;
      if (json === true && html === true) throw new MigError('usage', '-json and -html exclude each other');
      return { name, since: textOf(flags, 'since'), json: json === true, html: html === true };
    }
  }
}

function actionFileOf([verb, file, next]: readonly string[]): string {
  if (verb !== 'check' || file === undefined)
    throw new MigError('usage', 'usage: mig-agent acl check ACTION.json');
  refuse(next);
  return file;
}

function refuse(word: string | undefined): void {
  if (word !== undefined) throw new MigError('usage', `unexpected argument: ${word}`);
}

function textOf({ values }: ParsedFlags, flag: string): string | undefined {
  return values[flag] === undefined ? undefined : String(values[flag]);
}

/** Unlike Go's parser, accepts flags before and after other words. */
function parseMixed(args: readonly string[], kinds: Record<string, FlagKind>): ParsedFlags {
  const end = args.indexOf('--');
  const words = end === -1 ? [] : args.slice(end + 1);
  let left = end === -1 ? args : args.slice(0, end);
  const values: ParsedFlags['values'] = {};
  const contradicted: string[] = [];
  const rest: string[] = [];
  while (left.length > 0) {
    const parsed = parseGoFlags(left, kinds);
    const isOther = (name: string) => values[name] !== undefined && values[name] !== parsed.values[name];
    contradicted.push(...parsed.contradicted, ...Object.keys(parsed.values).filter(isOther));
    Object.assign(values, parsed.values);
    rest.push(...parsed.rest.slice(0, 1));
    left = parsed.rest.slice(1);
  }
  return { values, contradicted, rest: [...rest, ...words] };
}
