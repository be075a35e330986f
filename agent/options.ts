import { MigError } from '../contract/errors.ts';
import { parseGoFlags } from '../modules/go-flags.ts';

/** The command line of the agent (spec: agent command line). */
export interface AgentOptions {
  configFile: string;
  /** `agent` for the daemon, else the name of a module to run. */
  mode: string;
  isPretty: boolean;
  isDebug: boolean;
  showVersion: boolean;
  showHelp: boolean;
  mask: boolean;
}

export const USAGE = `mig-agent, the endpoint program of Mozilla InvestiGator

  mig-agent [-c FILE] [-d] [-f]   run in the foreground as the daemon
  mig-agent -m MODULE             read one module message on stdin, print one JSON result
  mig-agent -p -m MODULE          the same, printed for people
  mig-agent -V                    print the version

  -c FILE   configuration (default /etc/mig/mig-agent.cfg)
  -d        log everything
`;

export function parseOptions(args: readonly string[]): AgentOptions {
  const { values, rest } = parseGoFlags(args, {
    c: 'string',
    m: 'string',
    d: 'boolean',
    f: 'boolean',
    p: 'boolean',
    V: 'boolean',
    h: 'boolean',
    help: 'boolean',
    mask: 'boolean',
  });
  if (rest.length > 0) throw new MigError('usage', `unexpected argument: ${rest[0]}`);
  return {
    configFile: String(values.c ?? defaultConfigFile()),
    mode: String(values.m ?? 'agent'),
    isPretty: values.p === true,
    isDebug: values.d === true,
    showVersion: values.V === true,
    showHelp: values.h === true || values.help === true,
    mask: values.mask === true,
  };
}

function defaultConfigFile(): string {
  return process.platform === 'win32' ? 'C:\\mig\\mig-agent.cfg' : '/etc/mig/mig-agent.cfg';
}
