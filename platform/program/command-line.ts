import { parseArgs } from 'node:util';
import { MigError } from '../../contract/errors.ts';
import { explainError } from './explain-error.ts';

interface Option {
  type: 'boolean' | 'string';
  multiple?: true;
}
type Options = Record<string, Option>;
type Value<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O extends { multiple: true }
    ? string[]
    : string;
type Values<O extends Options> = { [Name in keyof O]?: Value<O[Name]> | undefined };

interface CommandLine<O extends Options> {
  /** The text that --help prints. */
  usage: string;
  options?: O;
  /** The most words besides options; none by default. */
  words?: number;
}

/**
 * Runs a command of package.json. --help prints the usage only; a wrong word is refused with status 2 before anything
 * starts. An error that its reader can fix is one sentence on stderr. `run` returns the exit status, 0 by default.
 */
export async function runScript<const O extends Options = Record<never, Option>>(
  commandLine: CommandLine<O>,
  run: (values: Values<O>, words: string[]) => Promise<number | undefined> | number | undefined,
): Promise<void> {
  try {
    const parsed = parseCommandLine(process.argv.slice(2), commandLine);
    if (parsed === 'help') process.stdout.write(commandLine.usage);
    else process.exitCode = (await run(parsed.values, parsed.words)) ?? 0;
  } catch (error) {
    const isUsage = error instanceof MigError && error.code === 'usage';
    process.stderr.write(`${explainError(error) ?? stackOf(error)}${isUsage ? '; see --help' : ''}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

/** Parses a command line. Throws `usage` with a sentence that names the wrong word. */
export function parseCommandLine<const O extends Options>(
  args: readonly string[],
  { options, words: maxWords = 0 }: Pick<CommandLine<O>, 'options' | 'words'>,
): { values: Values<O>; words: string[] } | 'help' {
  const known: Options = options ?? {};
  const tokens = tokenize(args, known);
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help';
  const values = new Map<string, boolean | string | string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind === 'option') addOption(values, known, token);
  }
  if (words.length > maxWords) throw usage(`unknown argument: ${words[maxWords]}`);
  return { values: Object.fromEntries(values) as Values<O>, words };
}

type OptionToken = Extract<ReturnType<typeof tokenize>[number], { kind: 'option' }>;

function tokenize(args: readonly string[], known: Options) {
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...known, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens;
}

function addOption(
  values: Map<string, boolean | string | string[]>,
  known: Options,
  token: OptionToken,
): void {
  const { name, rawName } = token;
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) throw usage(`unknown argument: ${rawName}`);
  const value = readValue(option, token);
  const before = values.get(name);
  if (option.multiple) values.set(name, [...(Array.isArray(before) ? before : []), String(value)]);
  else if (before !== undefined) throw usage(`${rawName}: given twice`);
  else values.set(name, value);
}

function readValue({ type }: Option, { rawName, value, inlineValue }: OptionToken): boolean | string {
  if (type === 'boolean') {
    if (value !== undefined) throw usage(`${rawName}: takes no value`);
    return true;
  }
  // A value that looks like an option needs a `=` before it.
  if (value === undefined || value === '' || (inlineValue !== true && value.startsWith('-')))
    throw usage(`${rawName}: its value is missing`);
  return value;
}

/** Parses the value of an option as a number in plain digits. */
export function readNumber(
  name: string,
  text: string | undefined,
  { byDefault, min, max, isWhole = true }: { byDefault: number; min: number; max: number; isWhole?: boolean },
): number {
  if (text === undefined) return byDefault;
  const value = (isWhole ? /^\d{1,15}$/ : /^\d{1,15}(\.\d{1,6})?$/).test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usage(`${name}: must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, not '${text}'`);
}

export function usage(sentence: string): MigError {
  return new MigError('usage', sentence);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
