import { createHash, randomBytes } from 'node:crypto';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';

export const RELAY_USERS = ['scheduler', 'agent'] as const;

/** Every queue that agents may declare, the platform's three left out: the agents' rights and the policy of the queues. */
const AGENT_QUEUES = '^mig\\.agt\\.(?!(heartbeats|results|relaymarker)$).*$';

/**
 * The rights per role. Agents may not touch the platform's queues: MIG's patterns let any agent consume and purge them
 * (spec/relay.md#virtual-host-and-users).
 */
const PERMISSIONS = {
  scheduler: {
    configure: '^(toagents|toschedulers|toworkers|mig\\.agt\\..*)$',
    write: '^(toagents|toworkers|mig\\.agt\\.(heartbeats|results))$',
    read: '^(toagents|toschedulers|toworkers|mig\\.agt\\.(heartbeats|results))$',
  },
  agent: {
    configure: AGENT_QUEUES,
    write: `^(toschedulers|${AGENT_QUEUES.slice(1, -1)})$`,
    read: `^(toagents|${AGENT_QUEUES.slice(1, -1)})$`,
  },
};

/** Larger messages close their sender's channel: twice the largest answer, so that the collector records what is too large. */
export const MAX_MESSAGE_BYTES = 2 * MAX_RESULT_BYTES;

/**
 * What waits in one endpoint's queue, sixteen of the largest commands. The relay refuses more, and the platform sends it
 * again later.
 */
export const MAX_ENDPOINT_QUEUE_BYTES = 16 * 1024 * 1024;

/**
 * For 100,000 endpoints: two connections each while an agent is replaced or a dead connection is not noticed yet, and half
 * as many again. No `max-queues`: with one, RabbitMQ walks through every queue of the virtual host for each new one, so
 * that a fleet of 10,000 took minutes to register.
 */
const VHOST_LIMITS = { 'max-connections': 300_000 };

/** RabbitMQ's definitions file: users, virtual hosts, rights, and what protects the relay from what agents can do. */
export function relayDefinitions({
  passwordHashes,
  vhosts,
}: {
  passwordHashes: Record<(typeof RELAY_USERS)[number], string>;
  vhosts: readonly string[];
}) {
  return {
    users: RELAY_USERS.map((name) => ({
      name,
      password_hash: passwordHashes[name],
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
    })),
    vhosts: vhosts.map((name) => ({ name })),
    permissions: vhosts.flatMap((vhost) =>
      RELAY_USERS.map((user) => ({ user, vhost, ...PERMISSIONS[user] })),
    ),
    parameters: vhosts.map((vhost) => ({
      vhost,
      component: 'vhost-limits',
      name: 'limits',
      value: VHOST_LIMITS,
    })),
    policies: vhosts.map((vhost) => ({
      vhost,
      name: 'mig-endpoints',
      pattern: AGENT_QUEUES,
      'apply-to': 'queues',
      priority: 0,
      definition: { 'max-length-bytes': MAX_ENDPOINT_QUEUE_BYTES, overflow: 'reject-publish' },
    })),
  };
}

/** RabbitMQ's stored form: base64 of a 4 byte salt and SHA-256 of salt and password. */
export function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, hash]).toString('base64');
}
