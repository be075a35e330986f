import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { VERSION } from '../../contract/version.ts';
import { allModules, findModule } from '../../modules/all-modules.ts';
import { EXIT_TABLE } from '../exit-codes.ts';
import { HELP } from '../help/help.ts';
import { TARGET_HELP } from '../help/target-help.ts';
import { EXPLANATIONS, USAGES } from '../help/usages.ts';
import { body, heading, preformatted, subheading } from './roff.ts';

type Command = keyof typeof USAGES;

interface Page {
  /** `mig-file`, without the section. */
  name: string;
  summary: string;
  synopsis: readonly string[];
  /** Roff, as the options are. */
  description: string;
  options: readonly string[];
  examples: readonly string[];
}

const MAIN = 'mig';
const MAIN_SUMMARY = 'ask the machines of a fleet signed questions';
/** Options rather than commands: the page of `mig` has them. */
const IN_MAIN = '-i';
const ABOUT_MODULES = 'mig-target';
/** An example, and the lines that continue it. */
const EXAMPLE = /^ {2}(?:mig |\S.*\| *mig |npx mig )/;

/** All pages by the names of their files, such as `mig-file.1`. They have no date, so that a release is the same twice. */
export function manPages(): Map<string, string> {
  return new Map(pageNames().map((name) => [`${name}.1`, manPage(name)]));
}

/** The page of a command, a module or `target`; without a topic that of `mig` itself. Throws `usage` for another topic. */
export function manPageAbout(topic: string | undefined): string {
  const name = topic === undefined || topic === MAIN ? MAIN : `${MAIN}-${topic}`;
  if (pageNames().includes(name)) return manPage(name);
  const topics = pageNames()
    .filter((one) => one !== MAIN)
    .map((one) => one.slice(MAIN.length + 1));
  throw new MigError(
    'usage',
    `no man page about ${JSON.stringify(topic)}; ${USAGES.man}${didYouMean(topic ?? '', topics)}`,
  );
}

function pageNames(): string[] {
  const topics = [...groups(), ...allModules().map(({ name }) => name)];
  return [MAIN, ABOUT_MODULES, ...new Set(topics.map((topic) => `${MAIN}-${topic}`))];
}

/** The first words of all commands. */
function groups(): string[] {
  const words = Object.keys(USAGES).flatMap((name) => (name === IN_MAIN ? [] : (name.split(' ')[0] ?? [])));
  return [...new Set(words)];
}

function manPage(name: string): string {
  const page = contentOf(name);
  const { summary, synopsis, description, options, examples } = page;
  const parts = [
    `.TH "${name.toUpperCase()}" "1" "" "mig ${VERSION}" "Mozilla InvestiGator"`,
    heading('NAME'),
    body(`${name} - ${summary}`),
    heading('SYNOPSIS'),
    synopsis.map(body).join('\n'),
    heading('DESCRIPTION'),
    description,
    ...(options.length === 0 ? [] : [heading('OPTIONS'), ...options]),
    ...(examples.length === 0 ? [] : [heading('EXAMPLES'), preformatted(examples)]),
    heading('EXIT STATUS'),
    preformatted(EXIT_TABLE.map(([code, meaning]) => `${String(code).padEnd(4)} ${meaning}`)),
    heading('FILES'),
    preformatted(['~/.migrc   the API, the key and the macros of the investigator (mig config init)']),
    heading('SEE ALSO'),
    body(
      relatedTo(page)
        .map((one) => `${one}(1)`)
        .join(', '),
    ),
  ];
  // A heading begins a paragraph by itself.
  return `${parts.join('\n').replace(/^(\.S[HS] .*)\n\.PP$/gm, '$1')}\n`;
}

/** The pages that a page names, and that of `mig`, which names all. */
function relatedTo({ name, synopsis, description, options, examples }: Page): string[] {
  const others = pageNames().filter((one) => one !== name);
  if (name === MAIN) return others;
  const text = [...synopsis, description, ...options, ...examples].join('\n');
  const named = new Set(
    [...text.matchAll(/\bmig (?:help )?([a-z]+)/g)].map(([, topic]) => `${MAIN}-${topic}`),
  );
  return others.filter((one) => one === MAIN || named.has(one));
}

function contentOf(name: string): Page {
  if (name === MAIN) return mainPage();
  if (name === ABOUT_MODULES) return targetPage();
  const topic = name.slice(MAIN.length + 1);
  const commands = commandsOf(topic);
  if (commands.length > 0) return commandPage(topic, commands);
  const module = findModule(topic);
  if (module === undefined) throw new MigError('internal', `there is no page ${name}`);
  const { text, options, examples } = splitHelp(module.help);
  const synopsis = [`mig ${topic} [options] [module flags]`];
  return {
    name,
    summary: module.summary,
    synopsis,
    description: body(text),
    options: options.map(body),
    examples,
  };
}

function mainPage(): Page {
  const [, ...lines] = HELP.split('\n');
  const { text, options, examples } = splitHelp(lines.join('\n'), { from: 'Exit codes:' });
  const launch = `${subheading('mig -i <action file>')}\n${body(EXPLANATIONS[IN_MAIN])}`;
  return {
    name: MAIN,
    summary: MAIN_SUMMARY,
    synopsis: ['mig <module> [options] [module flags]', 'mig <command> …', lineOf(USAGES[IN_MAIN])],
    description: `${body(text)}\n${launch}`,
    options: options.map(body),
    examples,
  };
}

function targetPage(): Page {
  const { text, options, examples } = splitHelp(TARGET_HELP);
  return {
    name: ABOUT_MODULES,
    summary: 'the columns and the syntax of a target',
    synopsis: ['mig <module> -t <target> …'],
    description: body(text),
    options: options.map(body),
    examples,
  };
}

function commandPage(topic: string, commands: readonly Command[]): Page {
  const parts = commands.map((command) => ({ command, ...splitHelp(EXPLANATIONS[command]) }));
  const titled = (command: Command, text: string) => `${subheading(`${MAIN} ${command}`)}\n${body(text)}`;
  return {
    name: `${MAIN}-${topic}`,
    summary: summaryOf(topic),
    synopsis: commands.map((command) => lineOf(USAGES[command])),
    description: parts.map(({ command, text }) => titled(command, text)).join('\n'),
    options: parts.flatMap(({ command, options }) => options.map((table) => titled(command, table))),
    examples: parts.flatMap(({ examples }) => examples),
  };
}

function commandsOf(topic: string): Command[] {
  return (Object.keys(USAGES) as Command[]).filter((command) => command.split(' ')[0] === topic);
}

function lineOf(usage: string): string {
  return usage.replace(/^usage: /, '');
}

/** What `mig help` says of a command beside its name. */
function summaryOf(topic: string): string {
  for (const line of HELP.split('\n')) {
    const [, words, summary] = /^ {2}mig (\S+).*? {2,}(\S.*)$/.exec(line) ?? [];
    if (words?.split('|').includes(topic) && summary !== undefined)
      return summary.replace(/ \(mig help .*\)$/, '');
  }
  throw new MigError('internal', `mig help says nothing of ${topic}`);
}

interface Help {
  text: string;
  /** Its tables of options. */
  options: string[];
  examples: string[];
}

function splitHelp(help: string, { from }: { from?: string } = {}): Help {
  const { text, examples } = splitExamples(help, from);
  const paragraphs = text.split(/\n{2,}/);
  const isTable = (paragraph: string) => /^(?:Options:\n)? {2}-/.test(paragraph);
  return {
    text: paragraphs.filter((paragraph) => !isTable(paragraph)).join('\n\n'),
    options: paragraphs.filter(isTable).map((table) => table.replace(/^Options:\n/, '')),
    examples,
  };
}

/** Takes the examples out of a help text; those before a line stay, which are rows of its table. */
function splitExamples(help: string, from: string | undefined): { text: string; examples: string[] } {
  const lines = help.split('\n');
  const start = from === undefined ? 0 : lines.indexOf(from);
  const examples: string[] = [];
  const text = lines.filter((line, index) => {
    const isContinued = examples.length > 0 && lines[index - 1]?.endsWith('\\') === true;
    if (index < start || !(EXAMPLE.test(line) || isContinued)) return true;
    examples.push(line.trimStart());
    return false;
  });
  return { text: text.join('\n'), examples };
}
