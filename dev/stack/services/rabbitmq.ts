import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { portAnswers } from '../../ports.ts';
import { MAX_MESSAGE_BYTES, passwordHash, relayDefinitions } from './relay-definitions.ts';
import { startUntilReady } from './start-until-ready.ts';

const MAX_OPEN_FILES = 20_000;
const CONTROL_TIMEOUT_MS = 60_000;
const MAX_CONTROL_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Forbids what later versions forbid: queues that are neither durable nor exclusive, and a prefetch for a whole channel.
 * Versions that do not know the setting ignore it.
 */
const ADVANCED =
  '[{rabbit, [{permit_deprecated_features, #{transient_nonexcl_queues => false, global_qos => false}}]}].\n';

interface RabbitmqOptions {
  home: string;
  server: string;
  port: number;
  distributionPort: number;
  epmdPort: number;
  certificates: string;
  passwords: { scheduler: string; agent: string };
  vhosts: string[];
}

/** Starts a private RabbitMQ that accepts only TLS with client certificates, and waits until it answers. */
export async function startRabbitmq(options: RabbitmqOptions): Promise<void> {
  const { home, server, port } = options;
  const folder = relayFolder(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeConfiguration(options);
  const node = nodeEnvironment(options);
  const control = { command: join(dirname(server), 'rabbitmqctl'), env: node };
  writeFileSync(controlFile(home), JSON.stringify(control), { mode: 0o600 });
  const spec = {
    name: 'rabbitmq',
    command: '/bin/sh',
    args: ['-c', `ulimit -n ${MAX_OPEN_FILES} 2>/dev/null; exec "$0"`, server],
    env: { ...node, ...serverEnvironment(options) },
  };
  await startUntilReady(home, spec, {
    label: 'RabbitMQ',
    isReady: () => portAnswers(port),
    everyMs: 100,
    logLines: 15,
  });
}

/** Runs RabbitMQ's own control program against the private relay of this home. Returns what it printed. */
export async function controlRelay(home: string, args: readonly string[]): Promise<string> {
  const { command, env } = JSON.parse(readFileSync(controlFile(home), 'utf8'));
  const { PATH } = process.env;
  const { stdout } = await promisify(execFile)(command, args, {
    env: { PATH, LANG: 'C.UTF-8', ...env },
    timeout: CONTROL_TIMEOUT_MS,
    maxBuffer: MAX_CONTROL_OUTPUT_BYTES,
  });
  return stdout;
}

function writeConfiguration(options: RabbitmqOptions): void {
  const { home, passwords, vhosts } = options;
  const folder = relayFolder(home);
  const definitions = relayDefinitions({
    passwordHashes: {
      scheduler: passwordHash(passwords.scheduler),
      agent: passwordHash(passwords.agent),
    },
    vhosts,
  });
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions), { mode: 0o600 });
  writeFileSync(join(folder, 'rabbitmq.conf'), configuration(options), { mode: 0o600 });
  writeFileSync(join(folder, 'advanced.config'), ADVANCED);
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
}

function configuration({ home, port, certificates }: RabbitmqOptions): string {
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
    `load_definitions = ${join(relayFolder(home), 'definitions.json')}`,
    'vm_memory_high_watermark.relative = 0.3',
    'disk_free_limit.absolute = 100MB',
    'log.console = true',
    'log.console.level = warning',
    'heartbeat = 60',
    '',
  ].join('\n');
}

/** Variables that identify the node, for the server and its control program. */
function nodeEnvironment({ home, port, epmdPort }: RabbitmqOptions): Record<string, string> {
  const folder = relayFolder(home);
  return {
    RABBITMQ_NODENAME: `mig-${port}@localhost`,
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    HOME: folder, // the Erlang cookie is private, too
  };
}

function serverEnvironment({ home, port, distributionPort }: RabbitmqOptions): Record<string, string> {
  const folder = relayFolder(home);
  return {
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: [
      '-kernel inet_dist_use_interface {127,0,0,1}',
      // Idle schedulers must not spin: other programs need the processors.
      '+sbwt none +sbwtdcpu none +sbwtdio none',
    ].join(' '),
  };
}

function relayFolder(home: string): string {
  return join(home, 'rabbitmq');
}

function controlFile(home: string): string {
  return join(relayFolder(home), 'control.json');
}
