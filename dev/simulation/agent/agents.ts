import { createSemaphore } from '../../../platform/async/semaphore.ts';
import { Ledger } from '../ledger.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { split } from '../split.ts';
import { openAgentConnection } from './connection.ts';
import { createIdentities } from './identity.ts';

/**
 * Commands of one process that are acknowledged but not yet answered: an agent acknowledges a command before running it.
 * Beyond this number, commands wait on the relay, apart from one for each agent.
 */
const MAX_COMMANDS_IN_FLIGHT = 60_000;
/** How many of them run at the same time. */
const MAX_COMMANDS_RUNNING = 300;

export interface SimulatedAgents extends AsyncDisposable {
  queuelocs: string[];
  /** The commands that were run, independent of what the platform has recorded. */
  ledger: Ledger;
  /** Sends one heartbeat of every agent, spread evenly over `overMs`. */
  heartbeat(overMs?: number): Promise<void>;
  /** Connects the offline agents, for good. */
  comeBack(): Promise<void>;
}

/** Starts many agents in one process over a few connections. They verify commands with the real agent's code. */
export async function startSimulatedAgents(options: SimulationOptions): Promise<SimulatedAgents> {
  const { keyring, acl, answerBytes = 0, elements = {} } = options;
  const identities = createIdentities(options);
  const ledger = new Ledger();
  const inFlight = createSemaphore(MAX_COMMANDS_IN_FLIGHT);
  const running = createSemaphore(MAX_COMMANDS_RUNNING);
  const connections = split(identities, options.connections ?? 1).map((part) =>
    openAgentConnection(part, options, { keyring, acl, answerBytes, elements, ledger, inFlight, running }),
  );
  await Promise.all(connections.map(({ ready }) => ready));
  const agents: SimulatedAgents = {
    queuelocs: identities.map(({ queueloc }) => queueloc),
    ledger,
    heartbeat: async (overMs = 0) => {
      await Promise.all(connections.map((connection) => connection.heartbeat(overMs)));
    },
    comeBack: async () => {
      await Promise.all(connections.map((connection) => connection.comeBack()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
    },
  };
  await agents.heartbeat();
  return agents;
}
