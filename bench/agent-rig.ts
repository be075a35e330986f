import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { signedAction } from '../dev/api-caller.ts';
import { commandJson, openRelayClient, type RawAnswer } from '../dev/simulation/relay-client.ts';
import { type AgentSpec, startAgentProcess, writeAgentConfig } from '../dev/stack/agents.ts';
import { dataFolder } from '../dev/stack/postgres.ts';
import { stopDaemon } from '../dev/stack/processes.ts';
import { loadPeople } from '../dev/stack/seed.ts';
import { relayUrl, startServices, stopServices } from '../dev/stack/services.ts';
import { waitFor } from '../dev/wait.ts';
import { createResources } from '../platform/async/resources.ts';
import { parseProcessStat } from '../platform/machine/proc-stat.ts';
import { readSigningKey } from '../platform/openpgp/sign.ts';

export interface AgentStand extends AsyncDisposable {
  /** It changes with a restart. */
  pid: number;
  stateDir: string;
  log(): LogLine[];
  /** Runs operations as one signed command, and gives the answer. Bob may run them, John alone may not. */
  run(operations: object[], options?: { expiresInMs?: number; signer?: 'bob' | 'john' }): Promise<RawAnswer>;
  /** Kills the agent and starts it again; resolves when it is connected, with how long that took. */
  restart(): Promise<{ ms: number }>;
}

export interface LogLine {
  msg: string;
  time: string;
  pid: number;
  ms?: number;
}

/** One agent on a real relay with TLS, and nothing of the platform: what is measured is the agent. */
export async function openAgentStand(
  executable: string,
  options: Pick<AgentSpec, 'settings' | 'heartbeat'> = {},
): Promise<AgentStand> {
  const home = mkdtempSync(join(tmpdir(), 'mig-bench-'));
  const resources = createResources();
  resources.defer(() => {
    rmSync(dataFolder(home), { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  });
  resources.defer(() => stopServices(home));
  const services = await startServices({
    home,
    vhosts: ['mig'],
    install: false,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  const people = await loadPeople(join(home, 'keys'));
  const slot = { services, name: 'mig' };
  const relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
  const spec: AgentSpec = {
    home,
    name: 'bench-agent',
    executable,
    people,
    files: services.relay.files,
    relayUrl: relayUrl(services, 'agent', 'mig'),
    ...options,
  };
  let agent = await startAgentProcess(spec);
  resources.defer(() => stopDaemon(home, agent.daemon));
  const log = () =>
    readFileSync(join(home, 'log', 'bench-agent.log'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  const whenConnected = () =>
    waitFor('the relay', () => log().some(({ msg, pid }) => msg === 'relay connected' && pid === agent.pid), {
      timeoutMs: 60_000,
    });
  await whenConnected();
  const keys: Record<'bob' | 'john', PrivateKey> = {
    bob: await readSigningKey(readFileSync(people.bob.privateKeyFile, 'utf8')),
    john: await readSigningKey(readFileSync(people.john.privateKeyFile, 'utf8')),
  };
  let id = 1000;
  return {
    log,
    get pid() {
      return agent.pid;
    },
    stateDir: writeAgentConfig(spec).stateDir,
    async restart() {
      await stopDaemon(home, agent.daemon, 'SIGKILL');
      const began = performance.now();
      agent = await startAgentProcess(spec);
      await whenConnected();
      return { ms: Math.round(performance.now() - began) };
    },
    async run(
      operations: object[],
      { expiresInMs = 600_000, signer = 'bob' }: { expiresInMs?: number; signer?: 'bob' | 'john' } = {},
    ) {
      const command = id++;
      const action = await signedAction([keys[signer]], {
        name: `command ${command}`,
        operations: operations as never,
        expireAfterMs: Date.now() + expiresInMs,
      });
      await relay.sendCommand(agent.queueloc, commandJson(command, action, agent.queueloc));
      const answer = await relay.answerTo(command);
      // The answers of a long run would fill memory.
      relay.answers.splice(relay.answers.indexOf(answer), 1);
      return answer;
    },
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Seconds of processor time that a process has taken since its start, without its children. */
export function cpuSeconds(pid: number): number {
  return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).cpuMs / 1000;
}
