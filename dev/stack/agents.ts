import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../wait-for.ts';
import { demoAcl, type People } from './seed.ts';
import { type Daemon, isRunning, logFile, startDaemon } from './services/processes.ts';

export interface AgentHandle {
  name: string;
  queueloc: string;
  executable: string;
  config: string;
  pid: number;
}

type ConfigSection = 'agent' | 'limits' | 'report' | 'logging';

export interface AgentSpec {
  home: string;
  name: string;
  executable: string;
  relayUrl: string;
  files: { ca: string; cert: string; key: string };
  people: People;
  heartbeat?: string;
  /** More lines for sections of the configuration. */
  settings?: Partial<Record<ConfigSection, readonly string[]>>;
  /** Changes the configuration file before the agent starts. */
  written?: (config: string) => void;
  /** Programs that run the agent, with their arguments. */
  wrapper?: readonly string[];
  env?: Record<string, string>;
}

const START_TIMEOUT_MS = 20_000;

/** Writes an agent's configuration, ACL and keys as an operator would. Returns their paths. */
export function writeAgentConfig(spec: AgentSpec): { config: string; runDir: string; stateDir: string } {
  const folder = agentFolder(spec.home, spec.name);
  const runDir = join(folder, 'run');
  const stateDir = join(folder, 'state');
  const config = join(folder, 'mig-agent.cfg');
  mkdirSync(join(folder, 'agentkeys'), { recursive: true, mode: 0o700 });
  for (const [id, { publicKey }] of Object.entries(spec.people)) {
    writeFileSync(join(folder, 'agentkeys', `${id}.asc`), publicKey);
  }
  writeFileSync(join(folder, 'acl.cfg'), JSON.stringify(demoAcl(spec.people), null, 2));
  writeFileSync(config, configuration(spec, { runDir, stateDir }), { mode: 0o600 });
  spec.written?.(config);
  return { config, runDir, stateDir };
}

/** Starts an agent and waits until its log has its first line. */
export async function startAgentProcess(spec: AgentSpec): Promise<AgentHandle & { daemon: Daemon }> {
  const { home, name, executable, wrapper = [], env } = spec;
  const { config } = writeAgentConfig(spec);
  const commandLine = [...wrapper, executable, '-c', config, '-f'];
  writeFileSync(programFile(home, name), JSON.stringify({ commandLine, env }), { mode: 0o600 });
  const { daemon, queueloc } = await startRecordedProgram(home, name);
  return { name, queueloc, executable, config, pid: daemon.pid, daemon };
}

/** Starts an agent again that was started before and has ended. */
export async function restartAgentProcess(home: string, name: string): Promise<void> {
  await startRecordedProgram(home, name);
}

function configuration(
  { relayUrl, heartbeat = '30s', name, settings = {}, files }: AgentSpec,
  { runDir, stateDir }: { runDir: string; stateDir: string },
): string {
  return [
    '[agent]',
    `  relay = "${relayUrl}"`,
    `  heartbeatfreq = "${heartbeat}"`,
    '  moduletimeout = "300s"',
    `  hostname = "${name}"`,
    `  rundir = "${runDir}"`,
    `  statedir = "${stateDir}"`,
    '  tags = "operator:development"',
    ...(settings.agent ?? []),
    '[limits]',
    ...(settings.limits ?? []),
    '[report]',
    ...(settings.report ?? []),
    '[logging]',
    ...(settings.logging ?? []),
    '[certs]',
    `  ca = "${files.ca}"`,
    `  cert = "${files.cert}"`,
    `  key = "${files.key}"`,
    '',
  ].join('\n');
}

async function startRecordedProgram(
  home: string,
  name: string,
): Promise<{ daemon: Daemon; queueloc: string }> {
  const program = JSON.parse(readFileSync(programFile(home, name), 'utf8')) as {
    commandLine: [string, ...string[]];
    env?: Record<string, string>;
  };
  const [command, ...args] = program.commandLine;
  const { daemon } = startDaemon(home, { name, command, args, env: program.env });
  const queueloc = await waitFor(`agent ${name}`, () => queuelocInLog(home, daemon), {
    isAlive: () => isRunning(daemon),
    timeoutMs: START_TIMEOUT_MS,
  });
  return { daemon, queueloc };
}

/** The queue that the agent names in its first log line; undefined before that. */
function queuelocInLog(home: string, { name, pid }: Daemon): string | undefined {
  const starts = readFileSync(logFile(home, name), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"agent started"'))
    .map((line) => JSON.parse(line) as { pid: number; queueloc: string });
  return starts.find((start) => start.pid === pid)?.queueloc;
}

function agentFolder(home: string, name: string): string {
  return join(home, 'agents', name);
}

function programFile(home: string, name: string): string {
  return join(agentFolder(home, name), 'program.json');
}
