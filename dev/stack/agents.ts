import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait.ts';
import { type Daemon, startDaemon } from './processes.ts';
import { demoAcl, type People } from './seed.ts';

export interface AgentHandle {
  name: string;
  queueloc: string;
  executable: string;
  config: string;
  pid: number;
}

export interface AgentSpec {
  home: string;
  name: string;
  executable: string;
  relayUrl: string;
  files: { ca: string; cert: string; key: string };
  people: People;
  heartbeat?: string;
  /** More lines for sections of the configuration. */
  settings?: Partial<Record<'agent' | 'limits' | 'report' | 'logging', readonly string[]>>;
  /** Changes what was written, before the agent starts. */
  written?: (config: string) => void;
  /** Programs to start the agent through, and variables for it. */
  wrapper?: readonly string[];
  env?: Record<string, string>;
}

/** Writes an agent's configuration, ACL and keys as an administrator would, and returns where. */
export function writeAgentConfig(spec: AgentSpec): { config: string; runDir: string; stateDir: string } {
  const folder = join(spec.home, 'agents', spec.name);
  const runDir = join(folder, 'run');
  const stateDir = join(folder, 'state');
  mkdirSync(join(folder, 'agentkeys'), { recursive: true, mode: 0o700 });
  for (const [id, { publicKey }] of Object.entries(spec.people)) {
    writeFileSync(join(folder, 'agentkeys', `${id}.asc`), publicKey);
  }
  writeFileSync(join(folder, 'acl.cfg'), JSON.stringify(demoAcl(spec.people), null, 2));
  const config = join(folder, 'mig-agent.cfg');
  const more = (section: 'agent' | 'limits' | 'report' | 'logging') => spec.settings?.[section] ?? [];
  const lines = [
    '[agent]',
    `  relay = "${spec.relayUrl}"`,
    `  heartbeatfreq = "${spec.heartbeat ?? '30s'}"`,
    '  moduletimeout = "300s"',
    `  hostname = "${spec.name}"`,
    `  rundir = "${runDir}"`,
    `  statedir = "${stateDir}"`,
    '  tags = "operator:development"',
    ...more('agent'),
    '[limits]',
    ...more('limits'),
    '[report]',
    ...more('report'),
    '[logging]',
    ...more('logging'),
    '[certs]',
    `  ca = "${spec.files.ca}"`,
    `  cert = "${spec.files.cert}"`,
    `  key = "${spec.files.key}"`,
    '',
  ];
  writeFileSync(config, lines.join('\n'), { mode: 0o600 });
  spec.written?.(config);
  return { config, runDir, stateDir };
}

/** Starts an agent and waits until it wrote its first sign of life. */
export async function startAgentProcess(spec: AgentSpec): Promise<AgentHandle & { daemon: Daemon }> {
  const { config } = writeAgentConfig(spec);
  const [command = '', ...args] = [...(spec.wrapper ?? []), spec.executable, '-c', config, '-f'];
  const program = { command, args, ...(spec.env ? { env: spec.env } : {}) };
  writeFileSync(programFile(spec.home, spec.name), JSON.stringify(program), { mode: 0o600 });
  const { daemon, queueloc } = await startProgram(spec.home, spec.name);
  return { name: spec.name, queueloc, executable: spec.executable, config, pid: daemon.pid, daemon };
}

/** Starts an agent again that was started before and has ended, however that was. */
export async function restartAgentProcess(home: string, name: string): Promise<void> {
  await startProgram(home, name);
}

function programFile(home: string, name: string): string {
  return join(home, 'agents', name, 'program.json');
}

async function startProgram(home: string, name: string): Promise<{ daemon: Daemon; queueloc: string }> {
  const program = JSON.parse(readFileSync(programFile(home, name), 'utf8'));
  const { daemon, child } = startDaemon(home, { name, ...program });
  const logFile = join(home, 'log', `${name}.log`);
  const queueloc = await waitFor(
    `agent ${name}`,
    () => {
      for (const line of readFileSync(logFile, 'utf8').split('\n')) {
        if (!line.includes('"agent started"')) continue;
        const started = JSON.parse(line) as { pid: number; queueloc: string };
        if (started.pid === daemon.pid) return started.queueloc;
      }
      return undefined;
    },
    { isAlive: () => child.exitCode === null, timeoutMs: 20_000 },
  );
  return { daemon, queueloc };
}
