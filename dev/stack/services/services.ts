import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, type LoginRole } from '../../../platform/postgres/bootstrap.ts';
import type { RelayOptions } from '../../../platform/rabbitmq/session.ts';
import { type ExternalServices, readExternalServices, requireExternal } from '../programs/external.ts';
import { requirePrograms } from '../programs/programs.ts';
import { ensureSecrets, hasSecrets, readSecrets, type Secrets } from '../secrets.ts';
import { choosePorts, readPorts, type StackPorts } from '../stack-ports.ts';
import { makeCertificates } from './certificates.ts';
import { dataFolder } from './postgres.ts';
import { createStarters, type ServiceName } from './starters.ts';
import { stopAll } from './stop-all.ts';

/** The private PostgreSQL, RabbitMQ and Temporal of one home, and how to reach them. */
export interface Services {
  home: string;
  postgres: { superuserUrl: string; urlOf: (role: LoginRole, database: string) => string };
  relay: {
    host: string;
    port: number;
    vhost: string;
    files: { ca: string; cert: string; key: string };
    passwords: Record<RelayUser, string>;
  };
  temporal: { address: string; uiUrl: string };
  passwords: Record<LoginRole, string>;
  /** The port of this home's API, the same each time. */
  apiPort: number;
  isPostgresExternal: boolean;
}

export type RelayUser = 'scheduler' | 'agent';

interface ServiceOptions {
  home: string;
  vhosts: string[];
  /** Temporal namespaces beside `default`. */
  namespaces?: string[];
  install: boolean;
  report: (line: string) => void;
}

const LABELS: Record<ServiceName, string> = {
  postgres: 'PostgreSQL',
  rabbitmq: 'RabbitMQ',
  temporal: 'Temporal',
};

/**
 * Starts all three services at once and waits until they work. Stops what still runs after a crash first, and everything
 * when one of them cannot start.
 */
export async function startServices(options: ServiceOptions): Promise<Services> {
  const { home, vhosts, namespaces = [], install, report } = options;
  const external = readExternalServices(process.env);
  await requireExternal(external);
  const programs = requirePrograms({ external, install, report });
  await stopAll(home);
  const { secrets, ports } = await prepareHome(home, external);
  const starters = createStarters({ home, programs, secrets, ports, vhosts, namespaces });
  const start = (name: ServiceName) => startAndReport(LABELS[name], { start: starters[name], report });
  const starting = [
    external.postgres ? reportExternal('postgres', report) : start('postgres'),
    external.relay ? reportExternal('rabbitmq', report) : start('rabbitmq'),
    external.temporal ? reportExternal('temporal', report) : start('temporal'),
  ];
  const failed = (await Promise.allSettled(starting)).find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stopAll(home);
    throw failed.reason;
  }
  return describeServices(home);
}

/** Starts one service again, on the data that it left, after it was killed. */
export async function restartService(
  home: string,
  name: ServiceName,
  { vhosts }: { vhosts: string[] },
): Promise<void> {
  const programs = requirePrograms({ external: {}, install: false, report: () => {} });
  const options = {
    home,
    programs,
    secrets: readSecrets(home),
    ports: readPorts(home),
    vhosts,
    namespaces: [],
  };
  await createStarters(options)[name]();
}

/** Describes how to reach the services that were started in this home. */
export function describeServices(home: string): Services {
  const secrets = readSecrets(home);
  const ports = readPorts(home);
  const external: ExternalServices = JSON.parse(readFileSync(externalFile(home), 'utf8'));
  const { migadmin, migapi, migscheduler, migtarget, migsearch } = secrets;
  const passwords = { migadmin, migapi, migscheduler, migtarget, migsearch };
  const superuserUrl =
    external.postgres ?? `postgres://mig_superuser:${secrets.superuser}@127.0.0.1:${ports.postgres}/postgres`;
  return {
    home,
    postgres: {
      superuserUrl,
      urlOf: (role, database) => urlAs(superuserUrl, { role, password: passwords[role], database }),
    },
    relay: external.relay ?? describePrivateRelay(home, { secrets, ports }),
    temporal: external.temporal ?? {
      address: `127.0.0.1:${ports.temporal}`,
      uiUrl: `http://127.0.0.1:${ports.ui}`,
    },
    passwords,
    apiPort: ports.api,
    isPostgresExternal: external.postgres !== undefined,
  };
}

/** Creates an empty database with the platform's roles, as an operator would. */
export async function createDatabase(services: Services, database: string): Promise<void> {
  await bootstrap(services.postgres.superuserUrl, { database, passwords: services.passwords });
}

export function relayOptions({ relay }: Services, user: RelayUser, vhost: string): RelayOptions {
  return {
    host: relay.host,
    port: relay.port,
    vhost,
    username: user,
    password: relay.passwords[user],
    ca: readFileSync(relay.files.ca, 'utf8'),
    cert: readFileSync(relay.files.cert, 'utf8'),
    key: readFileSync(relay.files.key, 'utf8'),
  };
}

export function relayUrl({ relay }: Services, user: RelayUser, vhost: string): string {
  return `amqps://${user}:${relay.passwords[user]}@${relay.host}:${relay.port}/${vhost}`;
}

/** Writes what the services need before they start: secrets, ports and certificates. */
async function prepareHome(
  home: string,
  external: ExternalServices,
): Promise<{ secrets: Secrets; ports: StackPorts }> {
  // Other users may pass through the folder but not list it: as root, PostgreSQL runs as another user.
  mkdirSync(home, { recursive: true, mode: 0o711 });
  // A database without its passwords is of no use.
  if (!hasSecrets(home)) rmSync(dataFolder(home), { recursive: true, force: true });
  const secrets = ensureSecrets(home);
  const ports = await choosePorts(home);
  writeFileSync(externalFile(home), JSON.stringify(external), { mode: 0o600 });
  await makeCertificates(join(home, 'certificates'));
  return { secrets, ports };
}

async function startAndReport(
  label: string,
  { start, report }: { start: () => Promise<void>; report: (line: string) => void },
): Promise<void> {
  const startedAt = performance.now();
  await start();
  report(`${label} is up (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}

async function reportExternal(name: ServiceName, report: (line: string) => void): Promise<void> {
  report(`${LABELS[name]}: using the one in the environment`);
}

function describePrivateRelay(
  home: string,
  { secrets, ports }: { secrets: Secrets; ports: StackPorts },
): Services['relay'] {
  const certificates = join(home, 'certificates');
  return {
    host: 'localhost',
    port: ports.rabbitmq,
    vhost: 'mig',
    files: {
      ca: join(certificates, 'ca.crt'),
      cert: join(certificates, 'client.crt'),
      key: join(certificates, 'client.key'),
    },
    passwords: { scheduler: secrets.scheduler, agent: secrets.agent },
  };
}

/** Returns the URL of the same server for another user and database. */
function urlAs(
  url: string,
  { role, password, database }: { role: string; password: string; database: string },
): string {
  const other = new URL(url);
  Object.assign(other, { username: role, password, pathname: `/${database}` });
  return other.href;
}

function externalFile(home: string): string {
  return join(home, 'external.json');
}
