import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import type { QuestionContent } from '../../contract/question/document.ts';
import { MODULE_OPTIONS, optionOfMig, splitOption } from '../arguments.ts';
import { type CommandLine, parseCommandLine } from '../command-line.ts';
import { HELP_WORD } from '../help/asks-for-help.ts';
import { readVersion } from './load-question.ts';

/** The flags of `mig ask` itself. A parameter with such a name, or with that of an option of mig, is given with -set. */
const OWN_FLAGS = { set: 'list', version: 'string', keys: 'string' } as const satisfies Record<
  string,
  FlagKind
>;

/** What is needed to load the question, before its parameters are known. */
export interface AskStart {
  configFile: string | undefined;
  isVerbose: boolean;
  version: number | undefined;
  keys: string | undefined;
  /** Whether it asks for help only. A value that is such a word does not. */
  asksForHelp: boolean;
}

/** Reads the flags that say which question it is. All other words are read when its parameters are known. */
export function readAskStart(args: readonly string[]): AskStart {
  const found = new Map<string, string>();
  let asksForHelp = false;
  const left = [...args];
  while (left[0] !== undefined) {
    const word = left[0];
    left.shift();
    if (HELP_WORD.test(word)) {
      asksForHelp = true;
      continue;
    }
    const { name, value } = splitOption(word);
    if (name === undefined) continue;
    const takesValue = Object.hasOwn(OWN_FLAGS, name) || optionOfMig(name) !== 'switch';
    if (value === undefined && takesValue) found.set(name, left.shift() ?? '');
    else found.set(name, value ?? 'true');
  }
  return {
    configFile: found.get('c'),
    isVerbose: found.get('v') === 'true',
    version: readVersion(found.get('version')),
    keys: found.get('keys'),
    asksForHelp,
  };
}

export interface AskLine {
  options: CommandLine['options'];
  /** The texts of the parameters by their names. */
  given: Map<string, string>;
}

/** Reads the whole command line of a question with these parameters. */
export function readAskLine(
  args: readonly string[],
  { parameters }: Pick<QuestionContent, 'parameters'>,
  usage: string,
): AskLine {
  const names = parameters.map(({ name }) => name).filter((name) => !isTaken(name));
  const flags: Record<string, FlagKind> = {
    ...Object.fromEntries(names.map((name) => [name, 'string' as const])),
    ...OWN_FLAGS,
  };
  const { options, value, values } = parseCommandLine(args, {
    usage,
    flags,
    allowed: MODULE_OPTIONS,
    words: [0, 0],
  });
  const given = new Map<string, string>();
  for (const text of values('set')) {
    const [, name, rest] = /^([a-z][a-z0-9-]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || rest === undefined)
      throw new MigError('usage', `-set needs <name>=<value>, not ${JSON.stringify(text)}`);
    setOnce(given, name, rest);
  }
  for (const name of names) {
    const text = value(name);
    if (text !== undefined) setOnce(given, name, text);
  }
  return { options, given };
}

/** Whether a parameter can be given with -set alone. */
export function isTaken(name: string): boolean {
  return Object.hasOwn(OWN_FLAGS, name) || optionOfMig(name) !== undefined || HELP_WORD.test(`-${name}`);
}

function setOnce(given: Map<string, string>, name: string, text: string): void {
  if (given.has(name)) throw new MigError('usage', `parameter ${name} is given twice`);
  given.set(name, text);
}
