import { allModuleInterfaces, moduleInterface } from '../modules/schemas.ts';
import { EXIT_TABLE } from './exit-codes.ts';

export const HELP = `mig, the investigator's tool of Mozilla InvestiGator

  mig <module> [options] [module flags]   investigate: sign, launch, follow, print
  mig <module> -h                         the flags of a module
  mig -i <file> [options]                 sign and launch an action from a file
  mig sign <file>                         show what others signed, add your signature, print the action
  mig verify [-keys <path>] <file>        check who signed an action or a command's; with -keys offline
  mig results <id> [-show …] [--json]     what an action found, at any time, also while it runs
  mig status [<id>]                       how an action stands; without an id, the latest actions
  mig cancel|pause|resume <id>            steer an action that was launched
  mig upgrade status <id>                 how far each agent of an upgrade is, and why it stopped
  mig remove <queueloc>                   take an endpoint out of the fleet whose agent is gone
  mig audit [-since 24h] [-kind <kind>]   the audit trail: who did what, from where and when
  mig version                             the version (-V, --version)

Modules:
${allModuleInterfaces()
  .map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

Options:
  -t <target>     SQL condition over the agents, a macro of ~/.migrc, or local (default status='online')
  -e <duration>   how long the action is valid, e.g. 60s, 5m; 1s to a year (default 300s)
  -n <name>       name of the action (default: the command line)
  -show <what>    found (default), notfound or all
  -target-found <id>, -target-notfound <id>   only agents where action <id> did, or did not, find something
  -p              print the action, unsigned, and end
  -s              sign and print the action, for a second signer
  -z              compress the parameters
  -y              no countdown before the launch, and no question before a second signature
  -c <file>       configuration (default ~/.migrc)
  -v              say every request on stderr
  -h              this help, or that of a command or module
  --json          one JSON document: the action, every answer, and what is missing from them

Answers go to stdout, everything else to stderr. A value that looks like a flag is written -name=-p.

Limits: -matchlimit 1000 matches of a search and -maxerrors 30 errors are returned unless told otherwise; what a limit cut is
said in the last lines. The errors of 100 agents are printed, five of each; --json has them all.

Exit codes:
${EXIT_TABLE.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

  mig file -t "os='linux'" -e 60s -path /etc -name '^passwd$' -content '^root:'
`;

/** Of each command: its `-h`, and what a wrong command line is answered with. */
export const USAGES = {
  '-i': 'usage: mig -i <action file> [-t <target>] [-e <duration>] [-n <name>] [-show <what>] [-p] [-s] [-y] [--json]',
  sign: 'usage: mig sign <action file> [-y]',
  verify: 'usage: mig verify [-keys <file or folder of public keys>] <action or command file>',
  results: 'usage: mig results <action id> [-show found|notfound|all] [--json]',
  status: 'usage: mig status [<action id>] [--json]',
  cancel: 'usage: mig cancel <action id>',
  pause: 'usage: mig pause <action id>',
  resume: 'usage: mig resume <action id>',
  remove: 'usage: mig remove <queueloc of an endpoint> [--json]',
  'upgrade status': 'usage: mig upgrade status <action id> [-show found|all] [--json]',
  audit:
    'usage: mig audit [-since 24h|<time>] [-before <time>] [-kind <kind>] [-actor <name or fingerprint>] [-object <id>] [-limit <n>] [--json]',
} as const;

/** The help of a command, of one of two words, or of a module; undefined when there is no such thing. */
export function helpOf(command: string, word?: string): string | undefined {
  for (const name of [`${command} ${word}`, command]) {
    if (Object.hasOwn(USAGES, name)) return USAGES[name as keyof typeof USAGES];
  }
  return moduleInterface(command)?.help;
}

/** Whether a command line asks for help: `-h` anywhere, or the word `help` first. */
export function asksForHelp(args: readonly string[]): boolean {
  return args[0] === 'help' || args.some((word) => /^(-h|--help|-help)$/.test(word));
}
