import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type AgentHandle, type AgentSpec, startAgentProcess, writeAgentConfig } from '../../dev/agents.ts';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build.ts';
import { stopDaemon } from '../../dev/processes.ts';
import { relayUrl } from '../../dev/services.ts';
import { waitFor } from '../../dev/wait.ts';
import type { Slot } from './platform.ts';

export interface AgentProcess extends Omit<AgentHandle, 'pid'>, AsyncDisposable {
  /** It changes with a restart. */
  pid(): number;
  /** Lines of its log, parsed. */
  logged(): {
    msg: string;
    code?: string;
    reason?: string;
    commandId?: number;
    state?: string;
    limits?: string;
  }[];
  kill(signal: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  stateDir: string;
  runDir: string;
}

/** What a test's agent has that others have not. */
export type AgentOptions = Partial<
  Pick<AgentSpec, 'settings' | 'wrapper' | 'env' | 'executable' | 'relayUrl'>
>;

/** The executable with the hostile module compiled in. */
export function hostileAgent(): string {
  return ensureAgentBuilt(HOSTILE);
}

export function agentSpec(slot: Slot, name: string, options: AgentOptions = {}): AgentSpec {
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

/** The built executable as a daemon on the slot's relay, with a home of its own. */
export async function openAgent(slot: Slot, name: string, options: AgentOptions = {}): Promise<AgentProcess> {
  const spec = agentSpec(slot, name, options);
  const { stateDir, runDir } = writeAgentConfig(spec);
  const logFile = join(spec.home, 'log', `${spec.name}.log`);
  const logged = () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const start = async () => {
    const started = await startAgentProcess(spec);
    // Its queue exists once it is connected; before, a command would be returned.
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
