import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import {
  commandJson,
  openRelayClient,
  type RawAnswer,
  type RelayClient,
} from '../../dev/simulation/relay-client.ts';
import { type AgentSpec, startAgentProcess, writeAgentConfig } from '../../dev/stack/agents.ts';
import { loadPeople } from '../../dev/stack/seed.ts';
import { dataFolder } from '../../dev/stack/services/postgres.ts';
import { logFile, stopDaemon } from '../../dev/stack/services/processes.ts';
import { relayUrl, startServices } from '../../dev/stack/services/services.ts';
import { stopAll } from '../../dev/stack/services/stop-all.ts';
import { report } from '../../dev/terminal.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';

/** Bob may run operations alone. John may not: an action with only his signature is refused. */
export type Signer = 'bob' | 'john';

export interface AgentRig extends AsyncDisposable {
  /** Changes with a restart. */
  pid: number;
  stateDir: string;
  log(): LogLine[];
  /** Runs operations as one signed command. Returns the answer. */
  run(operations: object[], options?: { expiresInMs?: number; signer?: Signer }): Promise<RawAnswer>;
  /** Kills the agent and starts it again. Returns how long it took until it was connected. */
  restart(): Promise<{ ms: number }>;
}

export interface LogLine {
  msg: string;
  time: string;
  pid: number;
  ms?: number;
}

const AGENT = 'bench-agent';
const VHOST = 'mig';
const FIRST_COMMAND_ID = 1000;

/** Opens one agent on a real relay with TLS, without the platform: only the agent is measured. */
export async function openAgentRig(
  executable: string,
  options: Pick<AgentSpec, 'settings' | 'heartbeat'> = {},
): Promise<AgentRig> {
  const resources = createResources();
  const home = mkdtempSync(join(tmpdir(), 'mig-bench-'));
  resources.defer(() => removeHome(home));
  resources.defer(() => stopAll(home));
  const services = await startServices({ home, vhosts: [VHOST], install: false, report });
  const people = await loadPeople(join(home, 'keys'));
  const relay = resources.use(
    await openRelayClient({ services, name: VHOST }, 'scheduler', { consumeResults: true }),
  );
  const keys = { bob: await loadKey(people.bob), john: await loadKey(people.john) };
  const spec: AgentSpec = {
    home,
    name: AGENT,
    executable,
    people,
    files: services.relay.files,
    relayUrl: relayUrl(services, 'agent', VHOST),
    ...options,
  };
  let agent = await startConnectedAgent(spec);
  resources.defer(() => stopDaemon(home, agent.daemon));
  return {
    get pid() {
      return agent.pid;
    },
    stateDir: writeAgentConfig(spec).stateDir,
    log: () => readLog(home),
    async restart() {
      await stopDaemon(home, agent.daemon, 'SIGKILL');
      const startedAt = performance.now();
      agent = await startConnectedAgent(spec);
      return { ms: Math.round(performance.now() - startedAt) };
    },
    run: createRunner({ relay, keys, queueloc: agent.queueloc }),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

async function startConnectedAgent(spec: AgentSpec): Promise<StartedAgent> {
  const started = await startAgentProcess(spec);
  await waitForConnection(spec.home, started.pid);
  return started;
}

type StartedAgent = Awaited<ReturnType<typeof startAgentProcess>>;

/** Returns a function that sends operations as one signed command and waits for the answer. */
function createRunner({
  relay,
  keys,
  queueloc,
}: {
  relay: RelayClient;
  keys: Record<Signer, PrivateKey>;
  queueloc: string;
}): AgentRig['run'] {
  let nextCommandId = FIRST_COMMAND_ID;
  return async (operations, { expiresInMs = 600_000, signer = 'bob' } = {}) => {
    const commandId = nextCommandId++;
    const action = await signedAction([keys[signer]], {
      name: `command ${commandId}`,
      operations: operations as never,
      expireAfterMs: Date.now() + expiresInMs,
    });
    await relay.sendCommand(queueloc, commandJson(commandId, action, queueloc));
    const answer = await relay.answerTo(commandId);
    // The answers of a long run would fill the memory.
    relay.answers.splice(relay.answers.indexOf(answer), 1);
    return answer;
  };
}

function removeHome(home: string): void {
  rmSync(dataFolder(home), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}

async function waitForConnection(home: string, agentPid: number): Promise<void> {
  const isConnected = () =>
    readLog(home).some(({ msg, pid }) => msg === 'relay connected' && pid === agentPid);
  await waitFor('the relay', isConnected, { timeoutMs: 60_000 });
}

/** The complete lines of the agent's log. */
function readLog(home: string): LogLine[] {
  return readFileSync(logFile(home, AGENT), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);
}
