import { MigError } from '../../contract/errors.ts';
import { parseGoFlags } from '../../contract/go/flags.ts';
import { QUERIES, type Query } from '../lifecycle/control.ts';
import type { DaemonOptions } from '../lifecycle/daemon.ts';
import { CONFIG_FILE } from './command-help.ts';
import { type OperatorCommand, parseCommand } from './command-line.ts';

/** The command line of the agent (spec/agent.md#command-line). */
export interface AgentOptions extends DaemonOptions {
  /** `agent`, `agent-checkin`, or the name of a module to run. */
  mode: string;
  isPretty: boolean;
  showVersion: boolean;
  showSettings: boolean;
  /** A text to print instead of doing anything. */
  help: string | undefined;
  mask: boolean;
  query: Query | undefined;
  actionFile: string | undefined;
  persistentModule: string | undefined;
  command: OperatorCommand | undefined;
}

const USAGE = `mig-agent, the endpoint program of Mozilla InvestiGator

  mig-agent                          start: as a service, or in the background
  mig-agent -f                       run in the foreground
  mig-agent -m agent-checkin         run what waits, answer, end: for cron
  mig-agent -m MODULE                read one module message on stdin, print one JSON result
  mig-agent -p -m MODULE             the same, printed for people
  mig-agent -i FILE                  run the operations of an action file on this machine
  mig-agent -q pid|status|shutdown   ask the agent that runs here
  mig-agent -S | -V                  print the settings | the version

  mig-agent install | uninstall      as a service of this machine's init system (-no-start)
  mig-agent status                   is it installed, does it run, does it reach the relay?
  mig-agent report                   what was done on this machine, and who signed it
                                     (-json, -html, -since 24h)
  mig-agent acl check FILE           would this agent run that action, and if not, why not? (-json)
  mig-agent loader                   install the agent, and keep it as a signed manifest says
  mig-agent COMMAND -h               what one of these does, its flags and exit status

  -c FILE   configuration (default ${CONFIG_FILE})
  -d        foreground, and log everything
  -b        to the background, without installing a service
  -u        take over from the agent that runs: the last step of an upgrade starts it so
  -n        start no persistent modules
  -P MODULE run a persistent module: the agent starts it so, with messages on stdin and stdout
`;

export function parseOptions(args: readonly string[]): AgentOptions {
  const { values, rest } = parseGoFlags(args, {
    c: 'string',
    m: 'string',
    i: 'string',
    q: 'string',
    P: 'string',
    d: 'boolean',
    f: 'boolean',
    b: 'boolean',
    p: 'boolean',
    n: 'boolean',
    u: 'boolean',
    V: 'boolean',
    S: 'boolean',
    h: 'boolean',
    help: 'boolean',
    mask: 'boolean',
  });
  const text = (name: string) => (values[name] === undefined ? undefined : String(values[name]));
  const isHelpAsked = values.h === true || values.help === true;
  const { command, help, configFile } = parseCommand(isHelpAsked && rest.length > 0 ? [...rest, '-h'] : rest);
  return {
    configFile: configFile ?? text('c') ?? CONFIG_FILE,
    mode: text('m') ?? 'agent',
    isPretty: values.p === true,
    isDebug: values.d === true,
    isForeground: values.f === true || values.d === true,
    isBackground: values.b === true,
    isSuccessor: values.u === true,
    isWithoutPersistent: values.n === true,
    showVersion: values.V === true,
    showSettings: values.S === true,
    help: isHelpAsked ? (help ?? USAGE) : help,
    mask: values.mask === true,
    query: parseQuery(text('q')),
    actionFile: text('i'),
    persistentModule: text('P'),
    command,
  };
}

function parseQuery(text: string | undefined): Query | undefined {
  const query = QUERIES.find((one) => one === text);
  if (text !== undefined && query === undefined) throw new MigError('usage', `unknown command "${text}"`);
  return query;
}
