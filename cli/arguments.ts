import { MigError } from '../contract/errors.ts';
import { parseDurationMs } from '../contract/go/duration.ts';
import type { FlagKind } from '../contract/go/flags.ts';
import { closestName } from '../contract/text/closest.ts';
import { isTypographicallyQuoted } from '../contract/text/quotes.ts';

export interface GlobalOptions {
  target: string | undefined;
  expiration: string | undefined;
  name: string | undefined;
  show: 'found' | 'notfound' | 'all';
  targetFound: string | undefined;
  targetNotFound: string | undefined;
  printAction: boolean;
  signOnly: boolean;
  inputFile: string | undefined;
  compress: boolean;
  configFile: string | undefined;
  verbose: boolean;
  json: boolean;
  /** No countdown and no question. */
  isSure: boolean;
}

const VALUES = ['t', 'e', 'n', 'show', 'target-found', 'target-notfound', 'i', 'c'] as const;
const SWITCHES = ['p', 's', 'z', 'v', 'json', 'y', 'h', 'help'] as const;
export type OptionName = (typeof VALUES)[number] | (typeof SWITCHES)[number];

/** Every command takes these. */
const COMMON: readonly OptionName[] = ['c', 'v', 'h', 'help'];
export const ACTION_OPTIONS: readonly OptionName[] = ['t', 'e', 'n', 'show', 'p', 's', 'json', 'y'];
export const MODULE_OPTIONS: readonly OptionName[] = [
  ...ACTION_OPTIONS,
  ...(['z', 'target-found', 'target-notfound'] as const),
];

/**
 * Takes MIG's global options out of a command line, wherever they stand; what is left belongs to the module or command.
 * An option that the command would not look at is an error, as is one that got another flag for its value.
 */
export function takeGlobalOptions(
  args: readonly string[],
  { flags = {}, takes = [] }: { flags?: Record<string, FlagKind>; takes?: readonly OptionName[] },
): { options: GlobalOptions; rest: string[] } {
  const found = new Map<string, string>();
  const rest: string[] = [];
  const isFlag = (word: string) => isNamed(word, flags);
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const match = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word);
    const name = match?.[1] ?? '';
    const nextValue = () => {
      const value = args[++i];
      if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}`);
      if (isFlag(value)) throw new MigError('usage', flagAsValue(name, value));
      return value;
    };
    if (isOneOf(SWITCHES, name) || isOneOf(VALUES, name)) {
      if (!COMMON.includes(name) && !takes.includes(name))
        throw new MigError('usage', `-${name} has no meaning here; see -h`);
      const value = isOneOf(SWITCHES, name) ? readSwitch(name, match?.[2]) : (match?.[2] ?? nextValue());
      setOnce(found, name, value);
      continue;
    }
    if (match && !Object.hasOwn(flags, name)) refuseSlip(name, [...COMMON, ...takes, ...Object.keys(flags)]);
    rest.push(word);
    const takesValue = Object.hasOwn(flags, name) && flags[name] !== 'boolean' && match?.[2] === undefined;
    if (takesValue && i + 1 < args.length) rest.push(nextValue());
  }
  return { options: toOptions(found), rest };
}

/** A flag that there is none of is refused by whoever reads the rest; one that was likely meant is told here. */
function refuseSlip(name: string, known: readonly string[]): void {
  const meant = closestName(name, known);
  if (meant !== undefined)
    throw new MigError('usage', `flag provided but not defined: -${name}; did you mean -${meant}?`);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

function isNamed(word: string, flags: Record<string, FlagKind>): boolean {
  const name = /^--?([A-Za-z][\w-]*)(?:=[\s\S]*)?$/.exec(word)?.[1] ?? '';
  return isOneOf(SWITCHES, name) || isOneOf(VALUES, name) || Object.hasOwn(flags, name);
}

function flagAsValue(name: string, value: string): string {
  return `-${name} has no value: the flag ${JSON.stringify(value)} follows; if that is the value, write -${name}=${value}`;
}

function readSwitch(name: string, text = 'true'): string {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return 'true';
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return 'false';
  throw new MigError('usage', `invalid boolean value ${JSON.stringify(text)} for -${name}`);
}

/** Of two targets one would be lost; a configuration is often given once more, over that of an alias. */
function setOnce(found: Map<string, string>, name: string, value: string): void {
  const before = found.get(name);
  if (before !== undefined && before !== value && name !== 'c')
    throw new MigError(
      'usage',
      `-${name} is given twice: ${JSON.stringify(before)}, ${JSON.stringify(value)}`,
    );
  found.set(name, value);
}

function toOptions(found: ReadonlyMap<string, string>): GlobalOptions {
  const isOn = (name: string) => found.get(name) === 'true';
  const show = found.get('show') ?? 'found';
  if (show !== 'found' && show !== 'notfound' && show !== 'all') {
    throw new MigError('usage', `-show must be found, notfound or all, not ${JSON.stringify(show)}`);
  }
  refuseCombinations(found);
  for (const name of ['target-found', 'target-notfound']) {
    if (!/^\d+$/.test(found.get(name) ?? '0')) throw new MigError('usage', `-${name} needs an action id`);
  }
  return {
    target: found.get('t'),
    expiration: checkedExpiration(found.get('e')),
    name: found.get('n'),
    show,
    targetFound: found.get('target-found'),
    targetNotFound: found.get('target-notfound'),
    printAction: isOn('p'),
    signOnly: isOn('s'),
    inputFile: found.get('i'),
    compress: isOn('z'),
    configFile: found.get('c'),
    verbose: isOn('v'),
    json: isOn('json'),
    isSure: isOn('y'),
  };
}

/** No action is made. A configuration is often part of an alias. */
const LOCAL_NEVER = ['p', 's', 'e', 'n', 'z', 'target-found', 'target-notfound'];

function refuseCombinations(found: ReadonlyMap<string, string>): void {
  const isSet = (name: string) => found.has(name) && found.get(name) !== 'false';
  const refuse = (one: string, other: string) => {
    if (isSet(one) && isSet(other))
      throw new MigError('usage', `-${one} and -${other} cannot be used together`);
  };
  refuse('target-found', 'target-notfound');
  refuse('p', 's');
  const target = found.get('t');
  if (target?.trim() === '')
    throw new MigError('usage', `-t is empty: write a condition, as "os='linux'", a macro or local`);
  if (target === undefined) return;
  if (isTypographicallyQuoted(target))
    throw new MigError('usage', `-t ${target}: its quotes are typographic, and part of it: type ' or "`);
  if (target !== 'local' && target.trim().toLowerCase() === 'local')
    throw new MigError('usage', `-t ${target}: to search this machine, write -t local`);
  if (target !== 'local') return;
  const other = LOCAL_NEVER.find(isSet);
  if (other !== undefined) throw new MigError('usage', `-${other} and -t local cannot be used together`);
}

const MIN_EXPIRATION_MS = 1_000;
const MAX_EXPIRATION_MS = 366 * 24 * 3_600_000;

function checkedExpiration(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = parseDurationMs(text);
  if (ms === undefined)
    throw new MigError(
      'usage',
      `-e must be a duration like 60s, 5m or 48h (h, m and s, no days), not ${JSON.stringify(text)}`,
    );
  if (ms < MIN_EXPIRATION_MS)
    throw new MigError('usage', `-e ${text}: no agent could answer in time; write 1s or more, as 60s`);
  if (ms > MAX_EXPIRATION_MS) throw new MigError('usage', `-e ${text}: is over a year (8784h)`);
  return text;
}
