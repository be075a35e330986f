import { MigError } from '../contract/errors.ts';
import type { FlagKind } from '../contract/go/flags.ts';
import { didYouMean } from '../contract/text/closest.ts';
import { type OptionName, parseGlobalOptions } from './arguments.ts';
import type { GlobalOptions } from './options.ts';

/** The words and flags of a command line. */
export interface CommandLine {
  options: GlobalOptions;
  words: string[];
  /** The last value of a flag. */
  value: (name: string) => string | undefined;
  /** All values of a flag that may be repeated. */
  values: (name: string) => string[];
  isOn: (name: string) => boolean;
}

interface Syntax {
  /** The usage of the command, which errors end with. */
  usage: string;
  allowed?: readonly OptionName[];
  flags?: Readonly<Record<string, FlagKind>>;
  /** How many words the command takes, at least and at most. */
  words: readonly [min: number, max: number];
}

/**
 * Reads the command line of a command that is no module. Refuses unknown flags, a flag given twice that is no list, and too
 * few or too many words.
 */
export function parseCommandLine(args: readonly string[], syntax: Syntax): CommandLine {
  const { usage, flags = {}, allowed = [] } = syntax;
  const { options, rest } = parseGlobalOptions(args, { flags, allowed });
  const found = new Map<string, string[]>();
  const words: string[] = [];
  const left = [...rest];
  while (left[0] !== undefined) {
    const word = left[0];
    left.shift();
    const [, name, inline] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      words.push(word);
      continue;
    }
    const kind = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (kind === undefined) {
      const hint = didYouMean(name, Object.keys(flags), { prefix: '-' });
      throw new MigError('usage', `there is no flag -${name} here${hint}; ${usage}`);
    }
    if (kind === 'boolean' && inline !== undefined)
      throw new MigError('usage', `-${name} takes no value; ${usage}`);
    const value = kind === 'boolean' ? 'true' : (inline ?? left.shift());
    if (value === undefined || value === '')
      throw new MigError('usage', `flag needs an argument: -${name}; ${usage}`);
    const values = found.get(name) ?? [];
    if (values.length > 0 && kind !== 'list')
      throw new MigError('usage', `-${name} is given twice; ${usage}`);
    found.set(name, [...values, value]);
  }
  refuseWords(words, syntax);
  return {
    options,
    words,
    value: (name) => found.get(name)?.at(-1),
    values: (name) => found.get(name) ?? [],
    isOn: (name) => found.has(name),
  };
}

function refuseWords(words: readonly string[], { usage, words: [min, max] }: Syntax): void {
  const extra = words.find((word) => word.startsWith('-')) ?? words[max];
  if (extra !== undefined) throw new MigError('usage', `unexpected word ${JSON.stringify(extra)}; ${usage}`);
  if (words.length < min) throw new MigError('usage', usage);
}

/** The value of a flag that takes certain words. */
export function requireOneOf<T extends string>(
  flag: string,
  text: string | undefined,
  words: readonly T[],
): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw wrongWord(flag, text, words);
}

/** The error for a word that is none of those that a flag takes, with the closest of them. */
export function wrongWord(flag: string, text: string | undefined, words: readonly string[]): MigError {
  const given = text === undefined ? '' : `, not ${JSON.stringify(text)}${didYouMean(text, words)}`;
  return new MigError('usage', `${flag} must be one of ${words.join(', ')}${given}`);
}
