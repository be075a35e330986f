import type { Module } from '../../modules/module.ts';

/** A question to agents of the development stack. */
export interface ModuleDemo {
  question: string;
  /** The flags of the module; without them the parameters of an action file. */
  args?: readonly string[] | undefined;
  parameters?: unknown;
  /** What the answer needs besides an agent. */
  needs?: string | undefined;
  /** Where to see a module that no single question shows. */
  instead?: string;
}

/** What differs from the example on a module's page, whose machines are others. */
const DEMOS: Record<string, Partial<ModuleDemo>> = {
  agentdestroy: {
    question: 'Which agents run on these machines?',
    parameters: { operation: 'check' },
    needs: 'the signature of the scheduler: the ACL of these agents refuses investigators',
  },
  audit: { instead: 'mig audit is the audit trail of the platform; an action file asks this module' },
  example: { question: 'What are these machines called?', parameters: { gethostname: true } },
  memory: {
    question: 'Which agents run? (a process is found by its name before any memory is read)',
    args: ['-name', '/mig-agent$'],
    needs: 'root, to read the processes of other users',
  },
  netstat: { question: 'Which connections stay on these machines?', args: ['-ci', '127.0.0.0/8'] },
  ping: {
    question: 'Do these machines reach themselves?',
    args: ['-d', '127.0.0.1', '-p', 'icmp', '-c', '1'],
    needs: 'root or CAP_NET_RAW',
  },
  pkg: { question: 'Which OpenSSL is installed?', args: ['-name', '^(openssl|libssl[0-9.]*)(:|$)'] },
  process: { question: 'Which agents run?', args: ['-name', '^mig-agent$'] },
  sshkey: { needs: 'root, to read the keys of other users' },
  timedrift: { question: 'What time is it on these machines?', args: [] },
  upgrade: { instead: 'npm run demo -- upgrade brings three agents to another version' },
};

/** The question that shows a module. By default it is the example of its page. */
export function demoOf({ name, about, flags, persistent }: Module): ModuleDemo {
  const { question, args, parameters } = about.example;
  const demo: ModuleDemo = { question, args: args && ownFlags(args, flags), parameters };
  if (persistent) demo.needs = `${name}.cfg beside the agent's configuration, which this stack does not have`;
  const special = DEMOS[name];
  if (special?.args) demo.parameters = undefined;
  if (special && 'parameters' in special) demo.args = undefined;
  return { ...demo, ...special };
}

/** The part of a command line that is the module's: the target comes first. */
function ownFlags(args: readonly string[], flags: Module['flags']): readonly string[] {
  const first = args.findIndex((word) => Object.hasOwn(flags, word.replace(/^-/, '')));
  return first === -1 ? [] : args.slice(first);
}
