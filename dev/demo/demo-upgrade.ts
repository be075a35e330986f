import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../contract/digest.ts';
import { buildAgent } from '../build/build-agent.ts';
import { nativeName, selectTarget } from '../build/targets.ts';
import { openFileServer, serveFile } from '../file-server.ts';
import { type AgentHandle, startAgentProcess } from '../stack/agents.ts';
import { createInvestigatorCli, type InvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import { runningDaemons, stopDaemon } from '../stack/services/processes.ts';
import { agentRelay, type StackFile } from '../stack/stack-file.ts';
import type { DemoLinks } from './demo-links.ts';

const OLD = '20260101+aaaaaaa.demo';
const NEW = '20260201+bbbbbbb.demo';
const AGENTS = 3;

interface UpgradeDemo {
  home: string;
  print: (line: string) => void;
  report: (line: string) => void;
  linkTo: DemoLinks;
}

/**
 * Upgrades three real agents, each installed in a folder of its own, to a version that is built on the spot. Each agent
 * fetches the new version over HTTPS, starts it, and is replaced by it. Returns the action's id. Throws when an agent is
 * not replaced.
 */
export async function demoUpgrade(
  stack: StackFile,
  { home, print, report, linkTo }: UpgradeDemo,
): Promise<number> {
  const builds = join(home, 'builds');
  const binary = (version: string) => join(builds, `mig-agent-${version}`);
  report(`building versions ${OLD} and ${NEW} of the agent`);
  for (const version of [OLD, NEW]) buildAgent(selectTarget(nativeName()), binary(version), { version });
  const agents = await startInstalledAgents(stack, { home, executable: binary(OLD) });
  try {
    await using server = await openFileServer(dirname(stack.relay.caFile), serveFile(binary(NEW)));
    print('\nBefore');
    for (const agent of agents) print(describe(agent));
    print(`\nBob Kelso signs an upgrade of ${AGENTS} agents to ${NEW}`);
    const { bob } = await loadPeople(join(home, 'keys'));
    const cli = createInvestigatorCli({ home, apiUrl: stack.api.url, key: bob });
    const actionId = await launchUpgrade(cli, {
      location: `${server.url}/mig-agent`,
      checksum: sha256Hex(readFileSync(binary(NEW))),
    });
    print((await cli.mig(['upgrade', 'status', String(actionId), '-show', 'all'])).stdout.trimEnd());
    const link = linkTo(actionId);
    if (link !== undefined) print(link);
    print('\nAfter');
    for (const agent of agents) print(describe(agent));
    for (const agent of agents) expectUpgraded(agent);
    return actionId;
  } finally {
    for (const agent of agents) await stop(home, agent);
    rmSync(builds, { recursive: true, force: true });
  }
}

/** Waits until the upgrade has ended. Returns the action's id. */
async function launchUpgrade(
  cli: InvestigatorCli,
  { location, checksum }: { location: string; checksum: string },
): Promise<number> {
  const target = `version = '${OLD}' AND status = 'online'`;
  const platform = nativeName().replace('-', '/');
  const { stderr, status } = await cli.mig([
    'upgrade',
    '-t',
    target,
    '-e',
    '5m',
    '-platform',
    platform,
    '-version',
    NEW,
    '-location',
    location,
    '-checksum',
    checksum,
    '--json',
  ]);
  const id = /^action (\d+) launched/m.exec(stderr)?.[1];
  if (status !== 0 || id === undefined) throw new Error(`mig ended with ${status}: ${stderr}`);
  return Number(id);
}

async function startInstalledAgents(
  stack: StackFile,
  { home, executable }: { home: string; executable: string },
): Promise<AgentHandle[]> {
  const people = await loadPeople(join(home, 'keys'));
  const names = Array.from({ length: AGENTS }, (_, i) => `demo-${i + 1}`);
  return Promise.all(
    names.map((name) =>
      startAgentProcess({
        home,
        name,
        executable: install(executable, join(home, 'agents', name)),
        people,
        heartbeat: '2s',
        ...agentRelay(stack),
      }),
    ),
  );
}

/** Installs the executable as an upgrade expects: beside a link that leads to it. Returns the link. */
function install(executable: string, agentFolder: string): string {
  rmSync(agentFolder, { recursive: true, force: true });
  const folder = join(agentFolder, 'sbin');
  mkdirSync(folder, { recursive: true });
  copyFileSync(executable, join(folder, `mig-agent-${OLD}`));
  const link = join(folder, 'mig-agent');
  symlinkSync(`mig-agent-${OLD}`, link);
  return link;
}

function describe(agent: AgentHandle): string {
  const { pid, version } = statusOf(agent);
  return `  ${agent.name}: version ${version}, PID ${pid}, files ${filesOf(agent).join(', ')}`;
}

function expectUpgraded(agent: AgentHandle): void {
  const files = filesOf(agent).join(' ');
  const isOldAlive = existsSync(`/proc/${agent.pid}/exe`);
  if (isOldAlive || statusOf(agent).version !== NEW || files !== `mig-agent mig-agent-${NEW}`) {
    throw new Error(`${agent.name} is not version ${NEW} alone: ${describe(agent)}`);
  }
}

function statusOf({ executable, config }: AgentHandle): { pid: number; version: string } {
  const { stdout } = spawnSync(executable, ['-c', config, '-q', 'status'], { encoding: 'utf8' });
  return JSON.parse(stdout);
}

function filesOf({ executable }: AgentHandle): string[] {
  return readdirSync(dirname(executable)).sort();
}

/** Asks the new agent to end: no record of the stack has its PID. */
async function stop(home: string, { name, executable, config }: AgentHandle): Promise<void> {
  spawnSync(executable, ['-c', config, '-q', 'shutdown']);
  const daemon = runningDaemons(home).find((one) => one.name === name);
  if (daemon) await stopDaemon(home, daemon);
}
