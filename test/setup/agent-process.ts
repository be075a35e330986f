import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build/ensure-built.ts';
import {
  type AgentHandle,
  type AgentSpec,
  startAgentProcess,
  writeAgentConfig,
} from '../../dev/stack/agents.ts';
import { stopDaemon } from '../../dev/stack/services/processes.ts';
import { relayUrl } from '../../dev/stack/services/services.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { exitStatus } from './exit-status.ts';
import type { Slot } from './platform.ts';

export interface AgentProcess extends Omit<AgentHandle, 'pid'>, AsyncDisposable {
  /** Changes with a restart. */
  pid(): number;
  /** The complete lines of its log. */
  logged(): {
    msg: string;
    code?: string;
    reason?: string;
    commandId?: number;
    state?: string;
    limits?: string;
    why?: string;
  }[];
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  stateDir: string;
  runDir: string;
}

/** How a test's agent differs from the others. */
export type AgentOptions = Partial<
  Pick<AgentSpec, 'settings' | 'wrapper' | 'env' | 'executable' | 'relayUrl' | 'files' | 'written'>
> & {
  /** Does not wait until the agent has reached its relay. */
  isOffline?: boolean;
};

/** Returns the executable with the hostile module compiled in. */
export function hostileAgent(): string {
  return ensureAgentBuilt(HOSTILE);
}

export function agentSpec(
  slot: Slot,
  name: string,
  { isOffline: _, ...options }: AgentOptions = {},
): AgentSpec {
  return {
    home: join(slot.services.home, slot.name),
    name: `${slot.name}-${name}`,
    executable: inject('agentExecutable'),
    relayUrl: relayUrl(slot.services, 'agent', slot.name),
    files: slot.services.relay.files,
    people: slot.people,
    heartbeat: '2s',
    ...options,
  };
}

/** Starts the built executable as a daemon on the slot's relay, with its own home. */
export async function openAgent(slot: Slot, name: string, options: AgentOptions = {}): Promise<AgentProcess> {
  const spec = agentSpec(slot, name, options);
  const { stateDir, runDir } = writeAgentConfig(spec);
  const logFile = join(spec.home, 'log', `${spec.name}.log`);
  const logged = () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .slice(0, -1) // the last line may be incomplete
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const start = async () => {
    const started = await startAgentProcess(spec);
    // The relay would return a command that is sent before the agent's queue exists.
    if (options.isOffline) return started;
    await waitFor('the relay', () =>
      logged().some(({ pid, msg }) => pid === started.pid && msg === 'relay connected'),
    );
    return started;
  };
  let running = await start();
  return {
    ...running,
    stateDir,
    runDir,
    logged,
    pid: () => running.pid,
    async kill(signal) {
      await stopDaemon(spec.home, running.daemon, signal);
    },
    async restart() {
      running = await start();
    },
    [Symbol.asyncDispose]: () => stopDaemon(spec.home, running.daemon),
  };
}

/** Runs the agent's executable as an operator does, until it ends. */
export async function runAgent(
  executable: string,
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(executable, args, { env: { PATH: process.env.PATH ?? '', ...env } });
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { code, stdout, stderr };
}

/** Returns a wrapper that runs the agent in its own mount namespace, with another machine id. */
export function onMachine(machineIdFile: string): string[] {
  const script = 'mount --bind "$1" /etc/machine-id && shift && exec "$@"';
  return ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', script, 'sh', machineIdFile];
}

/** Returns a wrapper that runs the agent in its own mount namespace, where `folder` is a small file system. */
export function withMount(folder: string, options: string): string[] {
  const script = `mkdir -p "$1" && mount -t tmpfs -o ${options} tmpfs "$1" && shift && exec "$@"`;
  return ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', script, 'sh', folder];
}

/** Returns a wrapper that runs the agent in its own mount namespace, where `at` shows the files of another folder. */
export function withFolder(folder: string, at: string): string[] {
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  return ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', script, 'sh', folder, at];
}
