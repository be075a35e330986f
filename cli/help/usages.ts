import { AUDIT_KINDS } from '../../contract/audit.ts';
import { FORMAT_USAGE } from '../terminal/output-format.ts';
import { ACTION_EXPLANATIONS, ACTION_USAGES } from './action-usages.ts';
import { AGENT_CONFIG_EXPLANATION, AGENT_CONFIG_USAGE } from './agent-config-usages.ts';
import { BRAKES, BRAKES_EXPLANATIONS, BRAKES_USAGES } from './brakes-usages.ts';
import { CONSOLE_EXPLANATION, CONSOLE_USAGE } from './console-usages.ts';
import { INBOX_EXPLANATIONS, INBOX_USAGES } from './inbox-usages.ts';
import { INVESTIGATOR_EXPLANATIONS, INVESTIGATOR_USAGES } from './investigator-usages.ts';
import { LOADER_EXPLANATIONS, LOADER_USAGES } from './loader-usages.ts';
import { QUESTION_EXPLANATIONS, QUESTION_USAGES } from './question-usages.ts';
import { RECORD_EXPLANATIONS, RECORD_USAGES } from './record-usages.ts';
import { RUNNER_HELP } from './runner-help.ts';
import { SWEEP_EXPLANATIONS, SWEEP_USAGES } from './sweep-usages.ts';
import { WEBHOOK_EXPLANATIONS, WEBHOOK_USAGES } from './webhook-usages.ts';

/** The usage line of each command: the first line of its `-h`, and the error for a wrong command line. */
export const USAGES = {
  '-i': `usage: mig -i <action file> [-t <target>] [-e <duration>] [-n <name>] [-show <what>] [-p] [-s] [-inbox] [-why <text>] [-signers <n>] ${BRAKES} [-y] [--json]`,
  sign: 'usage: mig sign <action file> [-y]',
  verify: 'usage: mig verify [-keys <file or folder of public keys>] [-acl <file>] <action or command file>',
  results:
    'usage: mig results <action id> [-show found|notfound|all|grouped | -group] [-in <group>] [-follow-up found|notfound [-- <module> …]] [--json | --jsonl | --csv]',
  status: `usage: mig status [<action id>] ${FORMAT_USAGE}`,
  cancel: 'usage: mig cancel <action id>',
  pause: 'usage: mig pause <action id>',
  resume: 'usage: mig resume <action id>',
  ...BRAKES_USAGES,
  remove: 'usage: mig remove <queueloc of an endpoint> [--json]',
  ...RECORD_USAGES,
  'agents config': AGENT_CONFIG_USAGE,
  'upgrade status': 'usage: mig upgrade status <action id> [-show found|all] [--json]',
  audit:
    'usage: mig audit [-since 24h|<time>] [-before <time>] [-kind <kind>] [-actor <name or fingerprint>] [-object <id>] [-limit <n>] [--json | --jsonl | --csv]',
  ...INBOX_USAGES,
  ...QUESTION_USAGES,
  ...SWEEP_USAGES,
  ...ACTION_USAGES,
  ...INVESTIGATOR_USAGES,
  ...LOADER_USAGES,
  ...WEBHOOK_USAGES,
  convert:
    'usage: mig convert <wazuh-sca|compliance-as-code> <input> -o <folder> [--product <product>] [--profile <profile>] [--json]',
  runner: 'usage: mig runner [-c <runner.cfg>] [--check | --once <job>] [--json]',
  mcp: 'usage: mig mcp -api-key-file <file> [-url <address>] [-c <migrc>]',
  console: CONSOLE_USAGE,
  bootstrap: 'usage: mig bootstrap [-name <name>] [-key <file or fingerprint>]',
  'config init':
    'usage: mig config init [-url <address>] [-keyfile <file>] [-keyid <fingerprint>] [-o <file>] [-overwrite]',
  completion: 'usage: mig completion bash|zsh|fish',
  man: 'usage: mig man [<command>|<module>|target]',
  help: 'usage: mig help [<command>|<module>|target]',
  version: 'usage: mig version',
} as const;

/** The help of a command below its usage line: what it does, what its flags mean, an example. */
export const EXPLANATIONS: Record<keyof typeof USAGES, string> = {
  '-i': `Signs an action from a file and launches it, with the options of every launch (mig help). What others have signed is
shown first and cannot change, so -t, -e and -n are refused then. Also refused, before anything is signed: a field that
nothing reads, a check that can never pass, and a signed file without its validity.

  mig -i action.json -t "os='linux'" -e 10m`,
  sign: `Shows the action in a file as it will be signed, with its parameters inflated, and who has signed it already. Asks on a
terminal, adds your signature, and prints the action for the next signer. -y skips the question. mig -i launches it.

  mig file -e 2h -path /etc -name '^passwd$' -s > one.json   the first
  mig sign one.json > two.json                               the second
  mig -i two.json                                            the launch`,
  verify: `Shows who signed an action, alone or within a command, whether each signature is good, and whether the action is still
valid. The keys are those of the platform's active investigators. With -keys they come from a file, or from all files of
a folder, and no server is asked. With -acl mig also says which weight each module needs by an ACL file, and what the
signers have; too little is a refusal.

  mig verify -keys ./publickeys signed.json`,
  results: `Prints what an action has found, also while it runs, and how many agents have not answered, which the exit code shows
too. -show notfound lists the agents that found nothing, -show all both. --json prints one document with every answer,
error and limit.

-group, or -show grouped, folds equal answers: it prints each once, with the number of agents that gave it, some of their
names, and a key. Of all but the most common answer it prints what differs from that one. -in lists the agents of a group by
its key, or the first four digits of it or more; -answer is the same. What differs although the finding is the same does not
count: statistics, process ids, times, local ports. With --json the document has groups in place of commands, each with its
whole answer.

-follow-up asks the agents that found something, or nothing, the next question: the one after --, or on a terminal one that
you type, a module with its flags or ask with a saved question. The target of the action holds for it, too. The line that
does the same is printed; without a terminal only that line is, up to the module.

--csv and --jsonl have a row for each command and each line of its results: actionid, commandid, agent, queueloc, status,
operation (its place in the action, from 1), module, found and line. A command without such lines has one row, whose last
four are empty. With -show all that is also a command that nobody has answered.

  mig results 28098271642093 -show all
  mig results 28098271642093 --csv > answers.csv
  mig results 28098271642093 -group
  mig results 28098271642093 -in 1f2e3d4c5b6a7988
  mig results <id> -follow-up found -- netstat -ci 192.0.2.1`,
  status: `Shows the progress of an action: how many agents were asked, and how many answered, failed, timed out or let it expire.
Without an id, lists the latest 20 actions, as mig list actions does, in the same formats. The status of one action has
only --json.

  mig status 28098271642093`,
  cancel: `Cancels an action. Agents that have not started it never will; our agents stop it, MIG's agents finish it. Earlier answers
stay.

  mig cancel 28098271642093`,
  pause: `Sends no more commands until the action is resumed. Commands already sent are still answered. The action expires when it
would have without the pause.

  mig pause 28098271642093`,
  resume: `Resumes an action that was paused, or has stopped by itself (mig help brakes), and is still valid.

  mig resume 28098271642093`,
  ...BRAKES_EXPLANATIONS,
  remove: `Removes an endpoint whose agent is gone for good. Its answers stay. An endpoint that is online is refused. If the agent
starts again, the endpoint returns with the next heartbeat. mig agents prints the queueloc. Needs the permission
investigator_update.

  mig remove linux.web1.1b2c3d`,
  ...RECORD_EXPLANATIONS,
  'agents config': AGENT_CONFIG_EXPLANATION,
  'upgrade status': `Counts the agents of an upgrade at each step, and lists those that are not done, with the reason. -show all lists the
others, too.

  mig upgrade status 28098271642093`,
  audit: `Prints who did what, from where, when, and with what outcome, newest first. A terminal gets lines of its width, a pipe
one line for each; long values and fingerprints are shortened. --json prints one list of
the entries in full, --jsonl one entry on each line, --csv a line of CSV for each.
-since and -before take a duration back from now (24h) or an RFC 3339 time; -actor a name or fingerprint; -object the id
of an action or other record; -limit the number of entries (default 1000). [unproven] marks a name that nothing has
proven. Kinds:
  ${AUDIT_KINDS.join(', ')}

The module audit has the same name. Ask it with an action file, for mig -i <file>:

  {"name": "audit", "target": "status='online'", "operations": [{"module": "audit", "parameters": {}}]}

  mig audit -since 24h -kind action`,
  ...INBOX_EXPLANATIONS,
  ...QUESTION_EXPLANATIONS,
  ...SWEEP_EXPLANATIONS,
  ...ACTION_EXPLANATIONS,
  ...INVESTIGATOR_EXPLANATIONS,
  ...LOADER_EXPLANATIONS,
  ...WEBHOOK_EXPLANATIONS,
  convert: `Writes the rules of another program as checks of compliance, one file for each, and prints how many it translated. A rule
that has no exact translation is written, too: with no operations, and the reason as its notchecked. Nothing is guessed.
Asks no server. The folder must be new or empty.

  wazuh-sca           input: a policy of Wazuh's Security Configuration Assessment, a file of YAML
  compliance-as-code  input: a checkout of ComplianceAsCode/content. --product is debian12 or another Debian (default
                      debian12); --profile, such as anssi_bp28_high, selects rules and values, or else all rules of
                      the guide are taken with their defaults

The level of a check is the severity that a rule of ComplianceAsCode has. Policies of Wazuh have none, and their checks no
level, which exports show as unknown: write threat.level into a file where you need one.

A path that is a link is followed, as everywhere in module file. Where a mount point is listed twice, an option of either
line counts. compliance/README.md lists what has a translation.

  git clone https://github.com/ComplianceAsCode/content
  mig convert compliance-as-code content --profile anssi_bp28_high -o checks
  mig convert wazuh-sca cis_debian12.yml -o cis`,
  runner: RUNNER_HELP,
  mcp: `Serves the Model Context Protocol on stdin and stdout, so that an assistant can search, read results, and draft actions.
It reads the API with an API key and never loads a private key: it can sign, launch and change nothing. An investigator
reviews a draft and launches it with mig -i. Give the API key to an investigator who may only read.

  -api-key-file  a file with the API key, mode 0600 (mig investigators apikey)
  -url           the address of the API; without it, that of ~/.migrc

  mig mcp -api-key-file ~/.mig-api-key -url https://mig.example.net/api/v1/`,
  console: CONSOLE_EXPLANATION,
  bootstrap: `Makes the first administrator, an investigator with every permission, once: it is refused when there is an active one.
Run it where the platform is installed, with MIG_POSTGRES_URL as for npm run migrate. No request to the API can do this.
Asks for what no flag says. -key is a file with the public key, or the fingerprint of a key in your GnuPG. To run it again
with the same key changes nothing. The audit trail has it as bootstrap. npm run bootstrap is the same.

  mig bootstrap -name "Ann Brown" -key ann.asc`,
  'config init': `Writes the configuration of mig. -url is the address of the API; https:// and its path are found. The key is a secret key
of GnuPG, or one in the file of -keyfile; -keyid selects one of several. Asks on a terminal for what no flag says, then
makes one request, which tells whether the platform knows the key.

  -o          the file to write (default ~/.migrc); only you can read it
  -overwrite  replaces a file that exists

  mig config init -url https://mig.example.net`,
  completion: `Prints what your shell needs so that Tab completes commands, modules, flags and their values. Put the line into the
start file of the shell.

  source <(mig completion bash)     in ~/.bashrc
  source <(mig completion zsh)      in ~/.zshrc
  mig completion fish | source      in ~/.config/fish/config.fish`,
  man: `Prints a man page: that of mig, or of a command, a module or targets. The packages for systems install them all.

  mig man results > mig-results.1
  mig man file | man -l -`,
  help: 'Prints the help of a command or module, or of targets; without an argument, an overview.',
  version: 'Prints the version of this program.',
};
