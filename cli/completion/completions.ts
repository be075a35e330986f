import { allModules } from '../../modules/all-modules.ts';
import type { Module } from '../../modules/module.ts';
import { AND, MODULE_OPTIONS } from '../arguments.ts';
import { commandNames } from '../help/help.ts';
import { USAGES } from '../help/usages.ts';

/** What can follow the words of one command. */
export interface Completion {
  /** The words of the command: none for `mig` itself, one, or two. */
  command: string;
  /** Words that may follow, such as the commands of `mig sweep`. */
  words: readonly string[];
  /** Whether the command takes a file. */
  takesFile: boolean;
  flags: readonly Flag[];
  /** Whether the name of a saved question may follow: those that were seen on this machine. */
  takesQuestion?: boolean;
}

interface Flag {
  /** With its hyphens. */
  name: string;
  /** The values that it accepts, where they can be listed. */
  values: readonly string[];
  takesFile: boolean;
}

/** The completions of all command lines of `mig`, read from the usages and from the options of the modules. */
export function completions(): Completion[] {
  const modules = allModules().filter(({ name }) => !Object.hasOwn(USAGES, name));
  return [
    { command: '', words: firstWords(), takesFile: false, flags: [] },
    ...Object.entries(USAGES).map(([command, usage]) => lineOfCommand(command, usage)),
    ...modules.map(lineOfModule),
    { command: AND, words: allModules().map(({ name }) => name), takesFile: false, flags: [] },
    ...allModules().map(lineOfFurther),
  ];
}

/** After a + come a module and its flags, without options of `mig`. */
function lineOfFurther(module: Module): Completion {
  return { command: `${AND} ${module.name}`, words: [], takesFile: false, flags: flagsOfModule(module) };
}

function firstWords(): string[] {
  return [...new Set(commandNames().map((name) => name.split(' ')[0] ?? ''))].sort();
}

/** The second words of the commands that begin with this one. */
function secondWords(first: string): string[] {
  return commandNames().flatMap((name) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
}

function lineOfCommand(command: string, usage: string): Completion {
  const flags = flagsOf(usage);
  const positional = usage.replace(FLAG, ' ').slice('usage: mig '.length + command.length);
  const words = command === 'help' ? [...firstWords(), 'target'] : alternatives(positional);
  const names = new Set(flags.map(({ name }) => name));
  const common = [flag('-c', '<file>'), flag('-v', '')].filter(({ name }) => !names.has(name));
  return {
    command,
    words: [...new Set([...words, ...secondWords(command)])],
    takesFile: namesFile(positional),
    flags: [...flags, ...common],
    takesQuestion: isAboutQuestion(command),
  };
}

/** Commands whose first word is the name of a saved question that exists. */
function isAboutQuestion(command: string): boolean {
  return command === 'ask' || /^questions (show|save|history|diff|remove|export)$/.test(command);
}

/** `-t <target>`, `[-show found|all]`, `[--json]` */
const FLAG = /(?<=[\s[])(--?[a-z][\w-]*)(?: (<[^>]+>|[a-z][\w-]*(?:\|[\w<>-]+)+|[\w.<>|-]+))?(?=[\s\]]|$)/g;

function flagsOf(usage: string): Flag[] {
  return [...usage.matchAll(FLAG)].map(([, name = '', value = '']) => flag(name, value));
}

function flag(name: string, value: string): Flag {
  return { name, values: alternatives(value), takesFile: namesFile(value) };
}

/** The words of `found|all`, or of `<wazuh-sca|compliance-as-code>`. */
function alternatives(text: string): string[] {
  const [list = ''] = /[a-z][\w-]*(\|[a-z][\w-]*)+/.exec(text) ?? [];
  return list.split('|').filter((word) => word !== '');
}

function namesFile(text: string): boolean {
  return /<[^>]*(\b(file|folder|input)\b|\.cfg)[^>]*>/.test(text);
}

/** The flags of the module, then the options of every launch. */
function lineOfModule(module: Module): Completion {
  const { name } = module;
  const own = flagsOfModule(module);
  const shared = MODULE_OPTIONS.map(
    (word) => SHARED[word] ?? flag(word === 'json' ? '--json' : `-${word}`, ''),
  );
  const names = new Set(own.map(({ name: word }) => word));
  return {
    command: name,
    words: secondWords(name),
    takesFile: false,
    flags: [...own, ...shared.filter(({ name: word }) => !names.has(word)), flag('-c', '<file>')],
  };
}

function flagsOfModule({ options }: Module): Flag[] {
  return options.flatMap(({ flag: word, value = '' }) =>
    word === undefined ? [] : [flag(`-${word}`, `<${value}>`)],
  );
}

const SHARED: Record<string, Flag> = { show: flag('-show', 'found|notfound|all|grouped') };
