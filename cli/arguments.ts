import { MigError } from '../contract/errors.ts';
import { parseDurationMs } from '../contract/go/duration.ts';
import type { FlagKind } from '../contract/go/flags.ts';
import { didYouMean } from '../contract/text/closest.ts';
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
  /** Skips the countdown and the question before a second signature. */
  isSure: boolean;
}

const VALUES = ['t', 'e', 'n', 'show', 'target-found', 'target-notfound', 'i', 'c'] as const;
const SWITCHES = ['p', 's', 'z', 'v', 'json', 'y', 'h', 'help'] as const;
export type OptionName = (typeof VALUES)[number] | (typeof SWITCHES)[number];

/** Allowed with every command. */
const COMMON: readonly OptionName[] = ['c', 'v', 'h', 'help'];
export const ACTION_OPTIONS: readonly OptionName[] = ['t', 'e', 'n', 'show', 'p', 's', 'json', 'y'];
export const MODULE_OPTIONS: readonly OptionName[] = [
  ...ACTION_OPTIONS,
  ...(['z', 'target-found', 'target-notfound'] as const),
];

type Flags = Record<string, FlagKind>;

/**
 * Parses MIG's global options, anywhere on a command line; the `rest` belongs to the module or command, whose own flags are
 * `flags`. Refuses an option that the command would ignore, and a flag in the place of a value.
 */
export function parseGlobalOptions(
  args: readonly string[],
  { flags = {}, allowed = [] }: { flags?: Flags; allowed?: readonly OptionName[] },
): { options: GlobalOptions; rest: string[] } {
  const known = [...COMMON, ...allowed, ...Object.keys(flags)];
  const found = new Map<string, string>();
  const rest: string[] = [];
  const words = [...args];
  while (words[0] !== undefined) {
    const word = words[0];
    words.shift();
    const { name, value } = splitOption(word);
    if (name === undefined) {
      rest.push(word);
      continue;
    }
    if (isGlobal(name)) {
      if (!COMMON.includes(name) && !allowed.includes(name))
        throw new MigError('usage', `-${name} does not apply here; see -h`);
      const given = isOneOf(SWITCHES, name)
        ? parseSwitch(name, value)
        : (value ?? takeValue(name, { words, flags }));
      setOnce(found, name, given);
      continue;
    }
    rest.push(word);
    const isOwnFlag = Object.hasOwn(flags, name);
    if (!isOwnFlag) refuseMisspelt(name, known);
    const needsValue = isOwnFlag && flags[name] !== 'boolean' && value === undefined;
    if (needsValue && words.length > 0) rest.push(takeValue(name, { words, flags }));
  }
  return { options: toOptions(found), rest };
}

/** The parts of `-name` or `-name=value`; no name for a word that is no option. */
function splitOption(word: string): { name: string | undefined; value: string | undefined } {
  const [, name, value] = /^--?([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  return { name, value };
}

function isGlobal(name: string): name is OptionName {
  return isOneOf(SWITCHES, name) || isOneOf(VALUES, name);
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** Takes the next word as the value of an option. */
function takeValue(name: string, { words, flags }: { words: string[]; flags: Flags }): string {
  const value = words.shift();
  if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}`);
  const { name: flag } = splitOption(value);
  if (flag === undefined || !(isGlobal(flag) || Object.hasOwn(flags, flag))) return value;
  throw new MigError(
    'usage',
    `-${name} has no value: the flag ${JSON.stringify(value)} follows; if that is the value, write -${name}=${value}`,
  );
}

function parseSwitch(name: string, text = 'true'): string {
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return 'true';
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return 'false';
  throw new MigError('usage', `invalid boolean value ${JSON.stringify(text)} for -${name}`);
}

/** Refuses a flag that resembles a known one. Other unknown flags are left to whoever reads the rest. */
function refuseMisspelt(name: string, known: readonly string[]): void {
  const hint = didYouMean(name, known, { prefix: '-' });
  if (hint !== '') throw new MigError('usage', `flag provided but not defined: -${name}${hint}`);
}

/** Refuses a second value, as one of two targets would be lost. Only -c may come again, to override that of an alias. */
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
  const show = parseShow(found.get('show'));
  refuseCombinations(found);
  checkTarget(found);
  return {
    target: found.get('t'),
    expiration: checkedExpiration(found.get('e')),
    name: found.get('n'),
    show,
    targetFound: checkedId('target-found', found.get('target-found')),
    targetNotFound: checkedId('target-notfound', found.get('target-notfound')),
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

function parseShow(show = 'found'): GlobalOptions['show'] {
  if (show === 'found' || show === 'notfound' || show === 'all') return show;
  throw new MigError('usage', `-show must be found, notfound or all, not ${JSON.stringify(show)}`);
}

function refuseCombinations(found: ReadonlyMap<string, string>): void {
  for (const [one, other] of [
    ['target-found', 'target-notfound'],
    ['p', 's'],
  ] as const) {
    if (isSet(found, one) && isSet(found, other))
      throw new MigError('usage', `-${one} and -${other} cannot be used together`);
  }
}

function isSet(found: ReadonlyMap<string, string>, name: string): boolean {
  return found.has(name) && found.get(name) !== 'false';
}

/** Options that need an action, which a local run does not make. -c is none of them, as aliases often contain it. */
const NEVER_LOCAL = ['p', 's', 'e', 'n', 'z', 'target-found', 'target-notfound'];

function checkTarget(found: ReadonlyMap<string, string>): void {
  const target = found.get('t');
  if (target === undefined) return;
  if (target.trim() === '')
    throw new MigError('usage', `-t is empty: write a condition such as "os='linux'", a macro, or local`);
  if (isTypographicallyQuoted(target))
    throw new MigError('usage', `-t ${target}: its curly quotes would be part of the target: type ' or "`);
  if (target !== 'local' && target.trim().toLowerCase() === 'local')
    throw new MigError('usage', `-t ${target}: to search this machine, write -t local`);
  if (target !== 'local') return;
  const other = NEVER_LOCAL.find((name) => isSet(found, name));
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
    throw new MigError('usage', `-e ${text}: no agent could answer in time; use 1s or more, e.g. 60s`);
  if (ms > MAX_EXPIRATION_MS) throw new MigError('usage', `-e ${text} is longer than a year (8784h)`);
  return text;
}

function checkedId(name: string, id: string | undefined): string | undefined {
  if (id !== undefined && !/^\d+$/.test(id)) throw new MigError('usage', `-${name} needs an action id`);
  return id;
}
