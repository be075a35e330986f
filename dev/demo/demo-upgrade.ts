import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../contract/digest.ts';
import { buildAgent } from '../build/agent-build.ts';
import { nativeName, selectTarget } from '../build/bun.ts';
import { openFileServer, serveFile } from '../file-server.ts';
import { type AgentHandle, startAgentProcess } from '../stack/agents.ts';
import { createInvestigatorCli } from '../stack/investigator.ts';
import { runningDaemons, stopDaemon } from '../stack/processes.ts';
import { loadPeople } from '../stack/seed.ts';
import { agentRelay, type StackFile } from '../stack/stack.ts';
import type { DemoLinks } from './demo-links.ts';

const A = '20260101+aaaaaaa.demo';
const B = '20260201+bbbbbbb.demo';
const AGENTS = 3;

/**
 * Three real agents of version A, each installed in a folder of its own, become version B: built on the spot, fetched over
 * HTTPS, started beside the old one, and in the end alone. Throws unless it ends so; gives the action's id.
 */
export async function demoUpgrade(
  stack: StackFile,
  {
    home,
    print,
    say,
    linkTo,
  }: { home: string; print: (line: string) => void; say: (line: string) => void; linkTo: DemoLinks },
): Promise<number> {
  const builds = join(home, 'builds');
  const binary = (version: string) => join(builds, `mig-agent-${version}`);
  say(`building versions ${A} and ${B} of the agent`);
  for (const version of [A, B]) buildAgent(selectTarget(nativeName()), binary(version), { version });
  const people = await loadPeople(join(home, 'keys'));
  const bob = createInvestigatorCli({ home, apiUrl: stack.api.url, key: people.bob });
  const agents = await Promise.all(
    Array.from({ length: AGENTS }, (_, i) => startInstalled(stack, { home, name: `demo-${i + 1}`, binary })),
  );
  try {
    await using server = await openFileServer(dirname(stack.relay.caFile), serveFile(binary(B)));
    print('\nBefore');
    for (const agent of agents) print(describe(agent));
    print(`\nBob Kelso signs an upgrade of ${AGENTS} agents to ${B}`);
    const { stderr, status } = await bob.mig([
      'upgrade',
      '-t',
      `version = '${A}' AND status = 'online'`,
      '-e',
      '5m',
      '-platform',
      nativeName().replace('-', '/'),
      '-version',
      B,
      '-location',
      `${server.url}/mig-agent`,
      '-checksum',
      sha256(binary(B)),
      '--json',
    ]);
    const id = /^action (\d+) launched/m.exec(stderr)?.[1];
    if (status !== 0 || id === undefined) throw new Error(`mig ended with ${status}: ${stderr}`);
    print((await bob.mig(['upgrade', 'status', id, '-show', 'all'])).stdout.trimEnd());
    const link = linkTo(Number(id));
    if (link !== undefined) print(link);
    print('\nAfter');
    for (const agent of agents) print(describe(agent));
    for (const agent of agents) expectUpgraded(agent);
    return Number(id);
  } finally {
    for (const agent of agents) await end(home, agent);
    rmSync(builds, { recursive: true, force: true });
  }
}

async function startInstalled(
  stack: StackFile,
  { home, name, binary }: { home: string; name: string; binary: (version: string) => string },
): Promise<AgentHandle> {
  const folder = join(home, 'agents', name, 'sbin');
  rmSync(join(home, 'agents', name), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(binary(A), join(folder, `mig-agent-${A}`));
  const executable = join(folder, 'mig-agent');
  symlinkSync(`mig-agent-${A}`, executable);
  return startAgentProcess({
    home,
    name,
    executable,
    people: await loadPeople(join(home, 'keys')),
    heartbeat: '2s',
    ...agentRelay(stack),
  });
}

function describe(agent: AgentHandle): string {
  const { pid, version } = statusOf(agent);
  return `  ${agent.name}: version ${version}, PID ${pid}, files ${filesOf(agent).join(', ')}`;
}

function expectUpgraded(agent: AgentHandle): void {
  const files = filesOf(agent).join(' ');
  const isOldAlive = existsSync(`/proc/${agent.pid}/exe`);
  if (isOldAlive || statusOf(agent).version !== B || files !== `mig-agent mig-agent-${B}`) {
    throw new Error(`${agent.name} is not version ${B} alone: ${describe(agent)}`);
  }
}

function statusOf({ executable, config }: AgentHandle): { pid: number; version: string } {
  const { stdout } = spawnSync(executable, ['-c', config, '-q', 'status'], { encoding: 'utf8' });
  return JSON.parse(stdout);
}

function filesOf({ executable }: AgentHandle): string[] {
  return readdirSync(dirname(executable)).sort();
}

/** The new agent is in no list of processes that were started here: it is asked to end. */
async function end(home: string, { name, executable, config }: AgentHandle): Promise<void> {
  spawnSync(executable, ['-c', config, '-q', 'shutdown']);
  const daemon = runningDaemons(home).find((one) => one.name === name);
  if (daemon) await stopDaemon(home, daemon);
}

function sha256(file: string): string {
  return sha256Hex(readFileSync(file));
}
