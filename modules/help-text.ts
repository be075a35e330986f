import { shellLine, shellWord } from '../contract/text/shell-word.ts';
import type { About } from './module.ts';
import type { Option } from './option.ts';

interface Described {
  name: string;
  summary: string;
  about: About;
  options: readonly Option[];
}

/** The help of a module: what it answers, its flags, notes, and a line to copy. */
export function helpText({ name, summary, about, options }: Described): string {
  const flags = options.filter(({ flag }) => flag !== undefined);
  const parts = [
    `${name}: ${summary}`,
    about.intro,
    flags.length === 0 ? parametersText(options) : table(flags.map(flagRow)),
    about.notes,
    exampleLine(name, about),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

function parametersText(options: readonly Option[]): string {
  if (options.length === 0) return 'The module has no parameters.';
  return `The module has no flags. Its parameters, in an action file:\n\n${table(
    options.map(({ field, text }) => [field, text]),
  )}`;
}

function flagRow({ flag, value, kind, text, example }: Option): [string, string] {
  const form = value === undefined ? '' : ` <${value}>`;
  const notes = [
    kind === 'list' ? 'repeatable' : '',
    example === undefined ? '' : `e.g. ${shellWord(example)}`,
  ];
  const note = notes.filter((one) => one !== '').join(', ');
  return [`-${flag}${form}`, note === '' ? text : `${text} (${note})`];
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

function exampleLine(name: string, { example }: About): string {
  if (example.args === undefined) return `${example.question}\n\n  ${JSON.stringify(example.parameters)}`;
  return `${example.question}\n\n  ${commandLine(name, example.args)}`;
}

/** The command line of `mig` for a module, as it is typed in a shell. */
export function commandLine(name: string, args: readonly string[]): string {
  return shellLine(['mig', name, ...args]);
}
