import type { Action } from '../../../contract/action.ts';
import { MigError } from '../../../contract/errors.ts';
import type { FlagKind } from '../../../contract/go/flags.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import { loadAction } from '../../action/action-file.ts';
import { buildAction, compressWanted } from '../../action/build-action.ts';
import { startOfWindow, withNewWindow } from '../../action/window.ts';
import { type OptionName, optionOfMig, splitOption } from '../../arguments.ts';
import { type CommandLine, parseCommandLine } from '../../command-line.ts';
import { checkedExpiration, type GlobalOptions } from '../../options.ts';
import { newAction } from '../module.ts';
import { parseModuleLine } from '../module-line.ts';

/** What MIG's action generator takes by default. */
const DEFAULT_EXPIRATION = '30m';
const WINDOW_FLAGS = { validfrom: 'string', expireafter: 'string' } as const;

type Flags = Record<string, FlagKind>;
type Macros = ReadonlyMap<string, string>;

/** An action that a command line asks for: one in a file, or one of modules with their flags. */
export interface ActionRequest {
  options: GlobalOptions;
  /** Whether a switch of the command was given. */
  isOn: CommandLine['isOn'];
  /** Reads the file, or builds the action. It has no window yet if the investigator asked for none. */
  load(macros: Macros): Action;
}

interface Syntax {
  usage: string;
  /** The switches of the command, besides those of the window. */
  switches: Flags;
  allowed: readonly OptionName[];
}

/** Reads a command line whose own flags, and any options, may stand before the name of a module. */
export function readActionRequest(
  args: readonly string[],
  { usage, switches, allowed }: Syntax,
): ActionRequest {
  const flags = { ...switches, ...WINDOW_FLAGS };
  const { own, options: words, module } = splitAtModule(args, flags);
  const { value, isOn } = parseCommandLine(own, { usage, flags, words: [0, 0] });
  const expiration = checkedExpiration('expireafter', value('expireafter'));
  const validFrom = value('validfrom');
  if (validFrom !== undefined && validFrom !== 'now') startOfWindow(validFrom);
  const { options, load } =
    module === undefined ? fileRequest(words, { usage, allowed }) : moduleRequest(words, module, allowed);
  return {
    options: { ...options, expiration: expiration ?? DEFAULT_EXPIRATION },
    isOn,
    load: (macros) => withRequestedWindow(load(macros), { validFrom, expiration }),
  };
}

/** A window in a file stays, unless a flag asks for another. */
function withRequestedWindow(
  action: Action,
  { validFrom, expiration }: { validFrom: string | undefined; expiration: string | undefined },
): Action {
  if (validFrom === undefined && expiration === undefined) return action;
  if (action.pgpsignatures.length > 0)
    throw new MigError(
      'usage',
      '-validfrom and -expireafter have no effect: the action is already signed; remove its pgpsignatures to ask it anew',
    );
  return withNewWindow(action, {
    validFrom: validFrom ?? 'now',
    expiration: expiration ?? DEFAULT_EXPIRATION,
    nowMs: Date.now(),
  });
}

type Loader = Pick<ActionRequest, 'options' | 'load'>;

function fileRequest(words: readonly string[], syntax: Pick<Syntax, 'usage' | 'allowed'>): Loader {
  const { usage, allowed } = syntax;
  const { options } = parseCommandLine(words, { usage, allowed: ['i', ...allowed], words: [0, 0] });
  const { inputFile, target, name } = options;
  if (inputFile === undefined) throw new MigError('usage', usage);
  if (target === 'local') throw new MigError('usage', '-i and -t local cannot be used together');
  return {
    options,
    load(macros) {
      const action = loadAction(inputFile, { target, name, expiration: undefined }, macros);
      return { ...action, operations: compressWanted(action.operations) };
    },
  };
}

function moduleRequest(
  words: readonly string[],
  [name = '', ...rest]: readonly string[],
  allowed: readonly OptionName[],
): Loader {
  const line = parseModuleLine(
    name,
    [...words, ...rest],
    ['z', 'target-found', 'target-notfound', ...allowed],
  );
  if (line.options.target === 'local')
    throw new MigError('usage', '-t local makes no action: mig <module> -t local runs a module here');
  return {
    options: line.options,
    load: (macros) => buildAction(newAction(line, [name, ...rest]), line.options, macros),
  };
}

interface Parts {
  /** The flags of the command, with their values. */
  own: string[];
  /** The options of `mig` before the module. */
  options: string[];
  /** The name of the module and all after it; undefined for an action in a file. */
  module: string[] | undefined;
}

/** The first word that is neither a flag nor its value is the name of a module. */
function splitAtModule(args: readonly string[], flags: Flags): Parts {
  const parts: Parts = { own: [], options: [], module: undefined };
  const left = [...args];
  while (left[0] !== undefined) {
    const { name, value } = splitOption(left[0]);
    if (name === undefined) return { ...parts, module: left };
    const isOwn = Object.hasOwn(flags, name);
    const ofMig = optionOfMig(name);
    if (!isOwn && ofMig === undefined)
      throw new MigError(
        'usage',
        `flag provided but not defined: -${name}${didYouMean(name, Object.keys(flags), { prefix: '-' })}; the flags of a module follow its name`,
      );
    const takesValue = isOwn ? flags[name] !== 'boolean' : ofMig === 'value';
    const count = takesValue && value === undefined ? 2 : 1;
    (isOwn ? parts.own : parts.options).push(...left.splice(0, count));
  }
  return parts;
}
