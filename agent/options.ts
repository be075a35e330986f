import { join } from 'node:path';
import { MigError } from '../contract/errors.ts';
import { parseGoFlags } from '../modules/go-flags.ts';
import { QUERIES, type Query } from './control.ts';
import { FOLDERS } from './folders.ts';

const COMMANDS = ['install', 'uninstall', 'status', 'report', 'acl'] as const;
type CommandName = (typeof COMMANDS)[number];

/** The command line of the agent (spec: agent command line). */
export interface AgentOptions {
  configFile: string;
  /** `agent` for the daemon, `agent-checkin`, else the name of a module to run. */
  mode: string;
  isPretty: boolean;
  isDebug: boolean;
  isForeground: boolean;
  /** Go to the background without installing a service, whatever the configuration says. */
  isBackground: boolean;
  /** Started by an agent that it is to take over from. */
  isSuccessor: boolean;
  showVersion: boolean;
  showSettings: boolean;
  showHelp: boolean;
  mask: boolean;
  query: Query | undefined;
  actionFile: string | undefined;
  persistentModule: string | undefined;
  command: { name: CommandName; args: string[] } | undefined;
}

export const USAGE = `mig-agent, the endpoint program of Mozilla InvestiGator

  mig-agent                          start: as a service, or in the background
  mig-agent -f                       run in the foreground
  mig-agent -m agent-checkin         run what waits, answer, end: for cron
  mig-agent -m MODULE                read one module message on stdin, print one JSON result
  mig-agent -p -m MODULE             the same, printed for people
  mig-agent -i FILE                  run the operations of an action file on this machine
  mig-agent -q pid|status|shutdown   ask the agent that runs here
  mig-agent -S | -V                  print the settings | the version

  mig-agent install | uninstall      as a service of this machine's init system (--no-start)
  mig-agent status                   is it installed, does it run, does it reach the relay?
  mig-agent report                   what was done on this machine, and who signed it
                                     (--json, --html, --since 2026-01-31)
  mig-agent acl check FILE           would this agent run that action, and if not, why not? (--json)

  -c FILE   configuration (default ${join(FOLDERS.config, 'mig-agent.cfg')})
  -d        foreground, and log everything
  -b        to the background, without installing a service
  -u        take over from the agent that runs: the last step of an upgrade starts it so
  -P, -n are accepted for MIG's scripts
`;

export function parseOptions(args: readonly string[]): AgentOptions {
  const { values, rest } = parseGoFlags(args, {
    ...{ c: 'string', m: 'string', i: 'string', q: 'string', P: 'string' },
    ...{ d: 'boolean', f: 'boolean', b: 'boolean', p: 'boolean', n: 'boolean', u: 'boolean' },
    ...{ V: 'boolean', S: 'boolean', h: 'boolean', help: 'boolean', mask: 'boolean' },
  });
  const text = (name: string) => (values[name] === undefined ? undefined : String(values[name]));
  return {
    configFile: text('c') ?? join(FOLDERS.config, 'mig-agent.cfg'),
    mode: text('m') ?? 'agent',
    isPretty: values.p === true,
    isDebug: values.d === true,
    isForeground: values.f === true || values.d === true,
    isBackground: values.b === true,
    isSuccessor: values.u === true,
    showVersion: values.V === true,
    showSettings: values.S === true,
    showHelp: values.h === true || values.help === true,
    mask: values.mask === true,
    query: parseQuery(text('q')),
    actionFile: text('i'),
    persistentModule: text('P'),
    command: parseCommandWord(rest),
  };
}

function parseQuery(text: string | undefined): Query | undefined {
  const query = QUERIES.find((one) => one === text);
  if (text !== undefined && query === undefined) throw new MigError('usage', `unknown command "${text}"`);
  return query;
}

function parseCommandWord([word, ...args]: string[]): AgentOptions['command'] {
  if (word === undefined) return undefined;
  const name = COMMANDS.find((one) => one === word);
  if (name === undefined) throw new MigError('usage', `unexpected argument: ${word}; mig-agent -h explains`);
  return { name, args };
}
