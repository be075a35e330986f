import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentSpec, writeAgentConfig } from '../../dev/stack/agents.ts';
import { type Daemon, startDaemon, stopDaemon } from '../../dev/stack/services/processes.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { runAgent } from './agent-process.ts';

/** An agent as installed on a machine: in its own folder, started through the link by a service manager. */
export interface InstalledAgent extends AsyncDisposable {
  name: string;
  folder: string;
  link: string;
  config: string;
  stateDir: string;
  runDir: string;
  logFile: string;
  queueloc: string;
  /** Returns the running agents of this folder, without their modules. */
  running(): { pid: number; executable: string }[];
  /** Returns the names in the folder, sorted. */
  files(): string[];
  /** Asks the control socket; undefined when no agent answers. */
  status(): Promise<
    { pid: number; version: string; startedbyupgrade: boolean; connected: boolean } | undefined
  >;
  log(): { pid: number; msg: string; version?: string }[];
}

/** Installs the executable as `mig-agent-<version>`, with the link to it, and starts it. */
export async function openInstalledAgent(
  spec: AgentSpec,
  { version, cgroup = '' }: { version: string; cgroup?: string },
): Promise<InstalledAgent> {
  const { config, runDir, stateDir } = writeAgentConfig(spec);
  const folder = join(spec.home, 'agents', spec.name, 'sbin');
  const link = join(folder, 'mig-agent');
  const logFile = join(spec.home, 'log', `${spec.name}.agent.log`);
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(logFile), { recursive: true });
  install(spec.executable, join(folder, `mig-agent-${version}`));
  symlinkSync(`mig-agent-${version}`, link);
  const { daemon } = startDaemon(spec.home, {
    name: spec.name,
    command: process.execPath,
    args: [
      '--import',
      'tsx',
      join(import.meta.dirname, 'service-manager.ts'),
      link,
      logFile,
      cgroup,
      '-c',
      config,
      '-f',
    ],
    env: { PATH: process.env.PATH ?? '', ...spec.env },
  });
  const log = () =>
    !existsSync(logFile)
      ? []
      : readFileSync(logFile, 'utf8')
          .split('\n')
          .slice(0, -1)
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line));
  const started = await waitFor(`agent ${spec.name}`, () => log().find(({ msg }) => msg === 'agent started'));
  await waitFor('the relay', () => log().some(({ msg }) => msg === 'relay connected'));
  return {
    name: spec.name,
    folder,
    link,
    config,
    stateDir,
    runDir,
    logFile,
    log,
    queueloc: (started as unknown as { queueloc: string }).queueloc,
    running: () => agentsIn(folder),
    files: () => readdirSync(folder).sort(),
    async status() {
      const { code, stdout } = await runAgent(link, ['-c', config, '-q', 'status']);
      return code === 0 ? JSON.parse(stdout) : undefined;
    },
    [Symbol.asyncDispose]: () => end(spec.home, daemon, folder),
  };
}

/** Links the executable where possible: a copy takes 100 MB. */
function install(executable: string, target: string): void {
  try {
    linkSync(executable, target);
  } catch {
    copyFileSync(executable, target);
  }
}

async function end(home: string, daemon: Daemon, folder: string): Promise<void> {
  await stopDaemon(home, daemon);
  while (agentsIn(folder).length > 0) {
    for (const { pid } of agentsIn(folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has ended
      }
    }
    await sleep(50);
  }
}

function agentsIn(folder: string): { pid: number; executable: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const executable = readlinkSync(`/proc/${name}/exe`).replace(/ \(deleted\)$/, '');
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        const isAgent = dirname(executable) === folder && args.includes('-f');
        return isAgent ? [{ pid: Number(name), executable }] : [];
      } catch {
        return [];
      }
    });
}
