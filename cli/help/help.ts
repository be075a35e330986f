import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { allModules, findModule } from '../../modules/all-modules.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT_TABLE } from '../exit-codes.ts';
import { HELP_FLAG, HELP_WORD } from './asks-for-help.ts';
import { TARGET_HELP } from './target-help.ts';
import { EXPLANATIONS, USAGES } from './usages.ts';

export const HELP = `mig, the investigator's tool of Mozilla InvestiGator

  mig <module> [options] [module flags]   investigate: sign, launch, follow, print
  mig <module> … + <module> [module flags]   the same, with several operations in one action
  mig <module> -h                         the flags of a module
  mig help target                         the columns and the syntax of a target
  mig help <command>                      the help of a command, as its -h prints it
  mig -i <file> [options]                 sign and launch an action from a file
  mig sign <file>                         show an action, add your signature, print it for the next signer
  mig inbox [show|sign|decline|withdraw <id>]   actions that wait for a second signer
  mig ask <name> [-<parameter> <value>]   ask a saved question (mig ask <name> help)
  mig questions <command> …               saved questions: list, show, save, compare (mig help questions)
  mig acl show|publish                    the ACL of the agents, as an administrator published it
  mig verify [-keys <path>] <file>        check who signed an action; with -keys, offline
  mig action <command> …                  make, sign, check and launch actions in files (mig help action)
  mig results <id> [-show …] [--json]     what an action has found, also while it runs
  mig status [<id>]                       the progress of an action; without an id, the latest actions
  mig cancel|pause|resume <id>            steer an action after its launch
  mig brakes <id> [-canary …] [-rate …]   show or change its canary, rate, windows and stops
  mig list <what> [filters] [-limit <n>]  actions, commands, agents, investigators, manifests, loaders (mig help list)
  mig show <what> <id> [--json]           one of them: action, command, agent, investigator, manifest, loader
  mig agents [-t <target>] [--json]       all agent records, or those that a target reaches
  mig agents search|show|remove|count …   agents by filters, one agent, an endpoint that is gone, how many
  mig dashboard [--json]                  the fleet's numbers and the latest actions
  mig console [-q]                        all of this order by order, as in MIG's console (mig help console)
  mig agents config -relay <url> …        make a configuration for agents (MIG's mig-agent-cfg)
  mig upgrade status <id>                 the progress of an upgrade, and why agents stopped
  mig sweep <command> …                   scheduled checks of compliance (mig help sweep)
  mig investigators <command> …           who may use the platform, for administrators (mig help investigators)
  mig loaders <command> …                 what installs agents on endpoints (mig help loaders)
  mig manifests <command> …               the signed files that loaders install (mig help manifests)
  mig webhooks <command> …                where events are posted, for administrators (mig help webhooks)
  mig remove <queueloc>                   remove an endpoint whose agent is gone
  mig convert <format> <input> -o <folder>   write the rules of another program as checks of compliance
  mig audit [-since 24h] [-kind <kind>]   the audit trail: who did what, from where and when
  mig runner [-c <file>] [--check]        run the jobs of a folder at their times, as a service
  mig mcp -api-key-file <file>            let an assistant search and draft actions, no private key needed (mig help mcp)
  mig bootstrap                           make the first administrator, once, on the server
  mig config init                         write ~/.migrc: find the API and your key, and try both
  mig completion bash|zsh|fish            set up Tab completion in your shell
  mig man [<command>|<module>]            a man page of the same
  mig version                             the version (-V, --version)

Modules:
${moduleRows()}

Options:
  -t <target>     SQL condition over the agents (mig help target), a macro of ~/.migrc; default status='online'.
                  -t local runs a module here, without agent, key or server
  -e <duration>   how long the action is valid, e.g. 60s, 5m; 1s to a year (default 300s)
  -n <name>       name of the action (default: the command line)
  -show <what>    found (default), notfound, all, or grouped: each answer once, with the agents that gave it; all has
                  statistics, too
  -target-found <id>, -target-notfound <id>   only agents where action <id> found something, or where its
                  modules succeeded and found nothing
  -follow-up      then offer the next question to the agents that found something (mig help results)
  -p              print the action, unsigned, and launch nothing
  -s              print the action, signed, for a second signer, and launch nothing
  -inbox          sign, and leave the action in the inbox for a second signer (mig help inbox); -why <text> tells them
                  why, -signers <n> asks for more of them; then -e is 24h by default
  -canary, -rate, -window, -stop-at   when agents are asked, and when the action stops by itself (mig help brakes)
  -z              compress the parameters
  -y              skip the countdown before a launch and the question before a second signature; without a terminal
                  there is no countdown and no question
  -c <file>       configuration (default ~/.migrc)
  -v              print every request on stderr
  -h              this help, or the help of a command or module
  --json          one JSON document: the action, every answer, and what is missing from them

Answers go to stdout, everything else to stderr. Write a value that looks like a flag as -name=-p.

Write options before the flags of the module. A name that both have, such as -t of ping and -json of scribe, is the option
of mig before the first flag that only the module has, and the flag of the module after it. After a + come only the name of
a module and its flags. Write a value that is a lone + as -name=+.

Limits: by default an agent returns 1000 matches (-matchlimit) of a search and 30 errors (-maxerrors). The last lines report
what a limit cut. The errors of up to 100 agents are printed, five of each; --json has all that were returned.

Exit codes:
${EXIT_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

  mig file -t "os='linux'" -e 60s -path /etc -name '^passwd$' -content '^root:'
  mig file -t "os='linux'" -path /etc -name '^passwd$' + netstat -ci 192.0.2.1
`;

function moduleRows(): string {
  const width = Math.max(...allModules().map(({ name }) => name.length));
  return allModules()
    .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}${howToAsk(name)}`)
    .join('\n');
}

/** The command of a module's name comes first. */
function howToAsk(name: string): string {
  return isCommand(name) ? ' (with -i only: the command has this name)' : '';
}

/** Returns the help that `mig help …`, the word `help` after a command, or `-h` anywhere requests, if any. */
export function requestedHelp([command = '', ...words]: readonly string[]): string | undefined {
  if (HELP_WORD.test(command)) return helpAbout(words);
  // The question has help of its own, which only the platform knows.
  if (command === 'ask' && words[0] !== undefined && !HELP_WORD.test(words[0])) return undefined;
  if (words[0] === 'help') return helpAbout([command, ...words.slice(1)]);
  return words.some((word) => HELP_FLAG.test(word)) ? helpOf(command, words[0]) : undefined;
}

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
  const hint = didYouMean(help === undefined ? topic : `${topic} ${second}`, topics());
  throw new MigError(
    'usage',
    `no help about ${JSON.stringify(stray)}; ${USAGES.help}${hint}\n\nThere is help about: ${topics().join(', ')}`,
  );
}

/** The names of all commands and modules. */
export function commandNames(): string[] {
  // The module audit has the name of a command, which comes first.
  return [...new Set([...Object.keys(USAGES), ...allModules().map(({ name }) => name)])];
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
  // The only command of its group.
  if (command === 'config') return helpOf('config', 'init');
  return findModule(command)?.help;
}
