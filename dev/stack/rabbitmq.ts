import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { portAnswers, waitFor } from '../wait.ts';
import { logTail, startDaemon } from './processes.ts';
import { MAX_MESSAGE_BYTES, passwordHash, relayDefinitions } from './relay-definitions.ts';
import { SetupError } from './setup-error.ts';

const FILES = 20_000;

/**
 * What later versions forbid is forbidden in all that know the setting: queues that are neither durable nor exclusive,
 * prefetch for a whole channel.
 */
const ADVANCED =
  '[{rabbit, [{permit_deprecated_features, #{transient_nonexcl_queues => false, global_qos => false}}]}].\n';

/** Runs RabbitMQ's own control program against the private relay of this home; returns what it printed. */
export async function controlRelay(home: string, args: readonly string[]): Promise<string> {
  const { command, env } = JSON.parse(readFileSync(join(home, 'rabbitmq', 'control.json'), 'utf8'));
  const { PATH = '' } = process.env;
  const options = { env: { PATH, LANG: 'C.UTF-8', ...env }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(command, args, options);
  return stdout;
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
  const { scheduler, agent } = options.passwords;
  const definitions = relayDefinitions({
    passwordHashes: { scheduler: passwordHash(scheduler), agent: passwordHash(agent) },
    vhosts: options.vhosts,
  });
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions), { mode: 0o600 });
  writeFileSync(join(folder, 'rabbitmq.conf'), configuration(options, folder), { mode: 0o600 });
  writeFileSync(join(folder, 'advanced.config'), ADVANCED);
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
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
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
    `max_message_size = ${MAX_MESSAGE_BYTES}`,
    `load_definitions = ${join(folder, 'definitions.json')}`,
    'vm_memory_high_watermark.relative = 0.3',
    'disk_free_limit.absolute = 100MB',
    'log.console = true',
    'log.console.level = warning',
    'heartbeat = 60',
    '',
  ].join('\n');
}
