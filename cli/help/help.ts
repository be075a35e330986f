import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { allModuleInterfaces, moduleInterface } from '../../modules/registry.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT_TABLE } from '../exit-codes.ts';
import { TARGET_HELP } from './target-help.ts';
import { EXPLANATIONS, USAGES } from './usages.ts';

export const HELP = `mig, the investigator's tool of Mozilla InvestiGator

  mig <module> [options] [module flags]   investigate: sign, launch, follow, print
  mig <module> -h                         the flags of a module
  mig help target                         what a target may ask of the agents
  mig help <command>                      how a command is used, as its -h says
  mig -i <file> [options]                 sign and launch an action from a file
  mig sign <file>                         show what others signed, add your signature, print the action
  mig verify [-keys <path>] <file>        check who signed an action or a command's; with -keys offline
  mig results <id> [-show …] [--json]     what an action found, at any time, also while it runs
  mig status [<id>]                       how an action stands; without an id, the latest actions
  mig cancel|pause|resume <id>            steer an action that was launched
  mig agents [-t <target>] [--json]       every agent record, or those that a target reaches
  mig upgrade status <id>                 how far each agent of an upgrade is, and why it stopped
  mig remove <queueloc>                   take an endpoint out of the fleet whose agent is gone
  mig audit [-since 24h] [-kind <kind>]   the audit trail: who did what, from where and when
  mig version                             the version (-V, --version)

Modules:
${allModuleInterfaces()
  .map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

Options:
  -t <target>     SQL condition over the agents (mig help target), a macro of ~/.migrc, or local; default status='online'
  -e <duration>   how long the action is valid, e.g. 60s, 5m; 1s to a year (default 300s)
  -n <name>       name of the action (default: the command line)
  -show <what>    found (default), notfound or all
  -target-found <id>, -target-notfound <id>   only agents where action <id> did, or did not, find something;
                  where a module of it failed, nobody knows
  -p              print the action, unsigned, and end
  -s              sign and print the action, for a second signer
  -z              compress the parameters
  -y              no countdown before the launch, and no question before a second signature; without a terminal
                  there is neither
  -c <file>       configuration (default ~/.migrc)
  -v              say every request on stderr
  -h              this help, or that of a command or module
  --json          one JSON document: the action, every answer, and what is missing from them

Answers go to stdout, everything else to stderr. A value that looks like a flag is written -name=-p.

Limits: -matchlimit 1000 matches of a search and -maxerrors 30 errors are returned unless told otherwise; what a limit cut is
said in the last lines. The errors of 100 agents are printed, five of each; --json has all that were returned.

Exit codes:
${EXIT_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

  mig file -t "os='linux'" -e 60s -path /etc -name '^passwd$' -content '^root:'
`;

/** The help that a command line asks for by `mig help …`, the word `help` after a command, or `-h` anywhere. */
export function requestedHelp([command = '', ...words]: readonly string[]): string | undefined {
  if (HELP_WORD.test(command)) return helpAbout(words);
  if (words[0] === 'help') return helpAbout([command, ...words.slice(1)]);
  return words.some((word) => HELP_FLAG.test(word)) ? helpOf(command, words[0]) : undefined;
}

const HELP_FLAG = /^(-h|--?help)$/;
const HELP_WORD = /^(-h|(--?)?help)$/;

/** Refuses an unknown topic with the list of topics. */
function helpAbout(args: readonly string[]): string {
  const isFile = args[0] === '-i';
  const { rest } = parseGlobalOptions(isFile ? args.slice(1) : args, {});
  const words = isFile ? ['-i', ...rest] : rest;
  const [topic, second] = words;
  if (topic === undefined) return HELP;
  const help = topic === 'target' ? TARGET_HELP : helpOf(topic, second);
  const topicLength = isCommand(`${topic} ${second}`) ? 2 : 1;
  const stray = help === undefined ? topic : words[topicLength];
  if (help !== undefined && stray === undefined) return help;
  const hint = help === undefined ? didYouMean(topic, topics()) : '';
  throw new MigError(
    'usage',
    `no help about ${JSON.stringify(stray)}; ${USAGES.help}${hint}\n\nThere is help about: ${topics().join(', ')}`,
  );
}

/** The names of all commands and modules. */
export function commandNames(): string[] {
  return [...Object.keys(USAGES), ...allModuleInterfaces().map(({ name }) => name)];
}

function topics(): string[] {
  return [...commandNames(), 'target'];
}

function isCommand(name: string): name is keyof typeof USAGES {
  return Object.hasOwn(USAGES, name);
}

/** The help of a command, which may have two words, or of a module; undefined for another name. */
function helpOf(command: string, word?: string): string | undefined {
  for (const name of [`${command} ${word}`, command]) {
    if (isCommand(name)) return `${USAGES[name]}\n\n${EXPLANATIONS[name]}`;
  }
  return moduleInterface(command)?.help;
}
