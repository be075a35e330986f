import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { logTail, startDaemon } from './processes.ts';
import { SetupError } from './programs.ts';
import { portAnswers, waitFor } from './wait.ts';

const FILES = 20_000;

/**
 * The rights per role. Agents may not touch the platform's two queues: MIG's patterns let any agent consume and purge
 * them (spec: virtual host and users).
 */
const AGENT_QUEUES = '^mig\\.agt\\.(?!(heartbeats|results|relaymarker)$).*$';
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

/** Runs RabbitMQ's own control program against the private relay of this home. */
export async function controlRelay(home: string, args: readonly string[]): Promise<void> {
  const { command, env } = JSON.parse(readFileSync(join(home, 'rabbitmq', 'control.json'), 'utf8'));
  const { PATH = '' } = process.env;
  await promisify(execFile)(command, args, { env: { PATH, LANG: 'C.UTF-8', ...env }, timeout: 60_000 });
}

/** Starts a private RabbitMQ that speaks only TLS with client certificates, and waits until it answers. */
export async function startRabbitmq(options: {
  home: string;
  server: string;
  port: number;
  distributionPort: number;
  epmdPort: number;
  certificates: string;
  passwords: { scheduler: string; agent: string };
  vhosts: string[];
}): Promise<void> {
  const { home, server, port } = options;
  const folder = join(home, 'rabbitmq');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions(options)), { mode: 0o600 });
  writeFileSync(join(folder, 'rabbitmq.conf'), configuration(options, folder), { mode: 0o600 });
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
  const node = {
    RABBITMQ_NODENAME: `mig-${port}@localhost`,
    ERL_EPMD_PORT: String(options.epmdPort),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    HOME: folder, // the Erlang cookie is private, too
  };
  const control = { command: join(dirname(server), 'rabbitmqctl'), env: node };
  writeFileSync(join(folder, 'control.json'), JSON.stringify(control), { mode: 0o600 });
  const { child } = startDaemon(home, {
    name: 'rabbitmq',
    command: '/bin/sh',
    args: ['-c', `ulimit -n ${FILES} 2>/dev/null; exec "$0"`, server],
    env: {
      ...node,
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(options.distributionPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(home, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
        '-kernel inet_dist_use_interface {127,0,0,1}',
        // Schedulers that have nothing to do must not spin: the processors are everybody's here.
        '+sbwt none +sbwtdcpu none +sbwtdio none',
      ].join(' '),
    },
  });
  try {
    await waitFor('RabbitMQ', () => portAnswers(port), {
      isAlive: () => child.exitCode === null,
      everyMs: 100,
    });
  } catch (cause) {
    throw new SetupError(`RabbitMQ did not start: ${logTail(home, 'rabbitmq', 15)}`, { cause });
  }
}

function configuration(
  { port, certificates }: { port: number; certificates: string },
  folder: string,
): string {
  return [
    'listeners.tcp = none',
    `listeners.ssl.default = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${join(certificates, 'ca.crt')}`,
    `ssl_options.certfile = ${join(certificates, 'relay.crt')}`,
    `ssl_options.keyfile = ${join(certificates, 'relay.key')}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
    'ssl_options.versions.1 = tlsv1.3',
    'ssl_options.versions.2 = tlsv1.2',
    `load_definitions = ${join(folder, 'definitions.json')}`,
    'vm_memory_high_watermark.relative = 0.3',
    'disk_free_limit.absolute = 100MB',
    'log.console = true',
    'log.console.level = warning',
    'heartbeat = 60',
    '',
  ].join('\n');
}

function definitions({
  passwords,
  vhosts,
}: {
  passwords: { scheduler: string; agent: string };
  vhosts: string[];
}) {
  const users = ['scheduler', 'agent'] as const;
  return {
    users: users.map((name) => ({
      name,
      password_hash: passwordHash(passwords[name]),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: [],
    })),
    vhosts: vhosts.map((name) => ({ name })),
    permissions: vhosts.flatMap((vhost) => users.map((user) => ({ user, vhost, ...PERMISSIONS[user] }))),
  };
}

/** RabbitMQ's stored form: base64 of a 4 byte salt and SHA-256 of salt and password. */
function passwordHash(password: string): string {
  const salt = randomBytes(4);
  const hash = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, hash]).toString('base64');
}
