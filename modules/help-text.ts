import { shellLine, shellWord } from '../contract/text/shell-word.ts';
import type { About } from './module.ts';
import type { Option } from './option.ts';

interface Described {
  name: string;
  summary: string;
  about: About;
  options: readonly Option[];
  /** The settings of a persistent module. */
  settings: readonly Option[];
}

/** The help of a module: what it answers, its flags, notes, and a line to copy. */
export function helpText({ name, summary, about, options, settings }: Described): string {
  const flags = options.filter(({ flag }) => flag !== undefined);
  const parts = [
    `${name}: ${summary}`,
    about.intro,
    flags.length === 0 ? parametersText(options) : table(flags.map(flagRow)),
    settingsText(name, settings),
    about.notes,
    platformsText(about),
    `Privacy: ${about.privacy}`,
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

function settingsText(name: string, settings: readonly Option[]): string {
  if (settings.length === 0) return '';
  const rows = settings.map((setting): [string, string] => {
    const [section, key] = setting.field.toLowerCase().split('.');
    return [`[${section}] ${key}${setting.value === undefined ? '' : ` = <${setting.value}>`}`, setting.text];
  });
  return `Settings, in the file ${name}.cfg beside the agent's configuration:\n\n${table(rows)}`;
}

function platformsText({ platforms: { linux, darwin, windows } }: About): string {
  return `Platforms:\n\n${table([
    ['Linux', linux],
    ['macOS', darwin],
    ['Windows', windows],
  ])}`;
}

function flagRow({ flag, value, kind, text, example, isRequired }: Option): [string, string] {
  const form = value === undefined ? '' : ` <${value}>`;
  const notes = [
    isRequired ? 'required' : '',
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
