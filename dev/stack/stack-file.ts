import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentHandle, AgentSpec } from './agents.ts';
import type { People } from './seed.ts';
import type { Services } from './services/services.ts';

/** The database of the stack. */
export const DATABASE = 'mig';

/** `.mig/stack.json`. Tools outside the project read it, so its shape is fixed. */
export interface StackFile {
  api: { url: string };
  postgres: { url: string };
  relay: {
    host: string;
    port: number;
    vhost: string;
    caFile: string;
    certFile: string;
    keyFile: string;
    users: Record<'scheduler' | 'agent', { name: string; password: string }>;
  };
  temporal: { address: string; namespace: string; uiUrl: string };
  investigator: { name: string; fingerprint: string; privateKeyFile: string };
  scheduler: { fingerprint: string };
  agents: AgentHandle[];
}

export function readStackFile(home: string): StackFile | undefined {
  const file = stackFile(home);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function writeStackFile(home: string, stack: StackFile): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(stackFile(home), `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
}

export function removeStackFile(home: string): void {
  rmSync(stackFile(home), { force: true });
}

/** Describes a stack that has no agents yet. */
export function describeStack(
  { relay, temporal, postgres }: Services,
  { apiUrl, people }: { apiUrl: string; people: People },
): StackFile {
  const { bob, scheduler } = people;
  return {
    api: { url: apiUrl },
    postgres: { url: postgres.urlOf('migadmin', DATABASE) },
    relay: {
      host: relay.host,
      port: relay.port,
      vhost: relay.vhost,
      caFile: relay.files.ca,
      certFile: relay.files.cert,
      keyFile: relay.files.key,
      users: {
        scheduler: { name: 'scheduler', password: relay.passwords.scheduler },
        agent: { name: 'agent', password: relay.passwords.agent },
      },
    },
    temporal: { address: temporal.address, namespace: 'default', uiUrl: temporal.uiUrl },
    investigator: {
      name: bob.name,
      fingerprint: bob.fingerprint,
      privateKeyFile: bob.privateKeyFile,
    },
    scheduler: { fingerprint: scheduler.fingerprint },
    agents: [],
  };
}

/** Returns how an agent of this stack reaches the relay. */
export function agentRelay({ relay }: StackFile): Pick<AgentSpec, 'relayUrl' | 'files'> {
  const { users, host, port, vhost, caFile, certFile, keyFile } = relay;
  return {
    relayUrl: `amqps://agent:${users.agent.password}@${host}:${port}/${vhost}`,
    files: { ca: caFile, cert: certFile, key: keyFile },
  };
}

function stackFile(home: string): string {
  return join(home, 'stack.json');
}
