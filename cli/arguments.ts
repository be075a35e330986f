import { MigError } from '../contract/errors.ts';
import type { FlagKind } from '../contract/go/flags.ts';
import { didYouMean } from '../contract/text/closest.ts';
import { shellWord } from '../contract/text/shell-word.ts';
import { BRAKES_OPTIONS } from './brakes-options.ts';
import { type GlobalOptions, readOptions } from './options.ts';
import { checkShared } from './shared-flags.ts';

const VALUES = [
  't',
  'e',
  'n',
  'show',
  'target-found',
  'target-notfound',
  'i',
  'c',
  'answer',
  'why',
  'signers',
  'canary',
  'canary-wait',
  'rate',
  'stop-after',
  'window',
  'stop-at',
] as const;
/** Those that may be given more than once. */
const LISTS: readonly string[] = ['window', 'stop-at'];
const SWITCHES = ['p', 's', 'z', 'v', 'json', 'y', 'inbox', 'follow-up', 'h', 'help'] as const;
export type OptionName = (typeof VALUES)[number] | (typeof SWITCHES)[number];

/** The options of every command. */
const COMMON: readonly OptionName[] = ['c', 'v', 'h', 'help'];
export const ACTION_OPTIONS: readonly OptionName[] = [
  't',
  'e',
  'n',
  'show',
  'p',
  's',
  'json',
  'y',
  'inbox',
  'why',
  'signers',
  ...BRAKES_OPTIONS,
  'follow-up',
];
export const MODULE_OPTIONS: readonly OptionName[] = [
  ...ACTION_OPTIONS,
  'z',
  'target-found',
  'target-notfound',
];

/** Stands between two operations of one action. */
export const AND = '+';

type Flags = Record<string, FlagKind>;

/**
 * Parses MIG's global options, anywhere on a command line; the `rest` belongs to the module or command, whose own flags are
 * `flags`. A name that both have is the module's after the first flag that only the module has: MIG's options come first.
 * Refuses an option that the command would ignore, and a flag in the place of a value. `notes` are lines for the user
 * about such names.
 */
export function parseGlobalOptions(
  args: readonly string[],
  {
    flags = {},
    allowed = [],
    module = '',
  }: { flags?: Flags; allowed?: readonly OptionName[]; module?: string },
): { options: GlobalOptions; rest: string[]; notes: string[] } {
  const known = [...COMMON, ...allowed, ...Object.keys(flags)];
  const found = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const rest: string[] = [];
  const words = [...args];
  const notes = new Set<string>();
  const own = Object.keys(flags).filter((name) => !isGlobal(name));
  let after: string | undefined;
  while (words[0] !== undefined) {
    const word = words[0];
    words.shift();
    const { name, value } = splitOption(word);
    if (name === undefined) {
      rest.push(word);
      continue;
    }
    const isOwnFlag = Object.hasOwn(flags, name);
    const kind = isOwnFlag ? flags[name] : undefined;
    if (isGlobal(name) && kind !== undefined) {
      const isSwitch = isOneOf(SWITCHES, name);
      const note = checkShared({ module, name, kind, isSwitch, value: value ?? words[0], after, own });
      if (note !== undefined) notes.add(note);
    }
    if (isGlobal(name) && !(isOwnFlag && after !== undefined)) {
      if (!COMMON.includes(name) && !allowed.includes(name))
        throw new MigError('usage', `-${name} does not apply here; see -h`);
      const given = isOneOf(SWITCHES, name)
        ? parseSwitch(name, value)
        : (value ?? nextValue(name, { words, flags }));
      if (LISTS.includes(name)) lists.set(name, [...(lists.get(name) ?? []), given]);
      else setOnce(found, name, given);
      continue;
    }
    rest.push(word);
    if (isOwnFlag) after ??= name;
    if (!isOwnFlag) refuseMisspelt(name, known);
    const needsValue = isOwnFlag && kind !== 'boolean' && value === undefined;
    if (needsValue && words.length > 0) rest.push(nextValue(name, { words, flags }));
  }
  return { options: readOptions(found, lists), rest, notes: [...notes] };
}

/** Whether a word is an option of `mig`, and whether a value follows it. */
export function optionOfMig(name: string): 'switch' | 'value' | undefined {
  if (isOneOf(SWITCHES, name)) return 'switch';
  return isOneOf(VALUES, name) ? 'value' : undefined;
}

/** The parts of `-name` or `-name=value`; no name for a word that is no option. */
export function splitOption(word: string): { name: string | undefined; value: string | undefined } {
  const [, name, value] = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  return { name, value };
}

function isGlobal(name: string): name is OptionName {
  return isOneOf(SWITCHES, name) || isOneOf(VALUES, name);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** Removes the next word, and returns it as the value of an option. */
function nextValue(name: string, { words, flags }: { words: string[]; flags: Flags }): string {
  const value = words.shift();
  if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}`);
  const { name: flag } = splitOption(value);
  if (flag === undefined || !(isGlobal(flag) || Object.hasOwn(flags, flag))) return value;
  throw new MigError(
    'usage',
    `-${name} has no value: the flag ${JSON.stringify(value)} follows; if that is the value, write ${shellWord(`-${name}=${value}`)}`,
  );
}

function parseSwitch(name: string, text = 'true'): string {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return 'true';
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return 'false';
  throw new MigError('usage', `invalid boolean value ${JSON.stringify(text)} for -${name}`);
}

/** Refuses a flag that resembles a known one. The reader of the rest handles other unknown flags. */
function refuseMisspelt(name: string, known: readonly string[]): void {
  const hint = didYouMean(name, known, { prefix: '-' });
  if (hint !== '') throw new MigError('usage', `flag provided but not defined: -${name}${hint}`);
}

/** Refuses a second value: one of two targets would be lost. Only -c may be repeated, to override that of an alias. */
function setOnce(found: Map<string, string>, name: string, value: string): void {
  const before = found.get(name);
  if (before !== undefined && before !== value && name !== 'c')
    throw new MigError(
      'usage',
      `-${name} is given twice: ${JSON.stringify(before)}, ${JSON.stringify(value)}`,
    );
  found.set(name, value);
}
