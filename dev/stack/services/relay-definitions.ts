import { createHash, randomBytes } from 'node:crypto';
import { MAX_RESULT_BYTES } from '../../../contract/limits.ts';

export const RELAY_USERS = ['scheduler', 'agent'] as const;

/** Every queue that agents may declare, except the platform's three. Their permissions and the policy use it. */
const AGENT_QUEUES = '^mig\\.agt\\.(?!(heartbeats|results|relaymarker)$).*$';

/**
 * The permissions of each user. Agents may not touch the platform's queues: MIG's patterns let any agent consume and purge them
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

/**
 * A larger message closes its sender's channel. Twice the largest answer, so that somewhat larger answers still reach the
 * collector, which records them as too large.
 */
export const MAX_MESSAGE_BYTES = 2 * MAX_RESULT_BYTES;

/** One endpoint's queue has room for sixteen of the largest commands. The platform re-sends what the relay refuses. */
export const MAX_ENDPOINT_QUEUE_BYTES = 16 * 1024 * 1024;

/**
 * Enough for 100,000 endpoints with two connections each, while an agent is replaced or before a dead connection is noticed, and
 * half as many again. There is no `max-queues`: with it RabbitMQ walks through all queues of the virtual host for each new
 * one, and a fleet of 10,000 took minutes to register.
 */
const VHOST_LIMITS = { 'max-connections': 300_000 };

/** RabbitMQ's definitions file: users, virtual hosts, permissions, and limits that protect the relay from agents. */
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
