import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, type LoginRole } from '../../platform/postgres/bootstrap.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import { freePort, portAnswers } from '../wait.ts';
import { makeCertificates } from './certificates.ts';
import { type ExternalServices, readExternalServices, requireExternal } from './external.ts';
import { dataFolder, startPostgres } from './postgres.ts';
import { runningDaemons, startDaemon, stopDaemon, strayAgents } from './processes.ts';
import { requirePrograms } from './programs.ts';
import { startRabbitmq } from './rabbitmq.ts';
import { startTemporal } from './temporal.ts';

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
  /** For an API of this home, the same each time. */
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
  say: (line: string) => void;
}

/**
 * Starts all three at once and waits until they work; what still runs from a crash is stopped first. When one of them
 * cannot start, none is left running.
 */
export async function startServices({
  home,
  vhosts,
  namespaces = [],
  install,
  say,
}: ServiceOptions): Promise<Services> {
  const external = readExternalServices(process.env);
  await requireExternal(external);
  const programs = requirePrograms({ external, install, say });
  // Others may pass through, not read: PostgreSQL runs as a user that root lends it.
  mkdirSync(home, { recursive: true, mode: 0o711 });
  await stopServices(home);
  if (!existsSync(join(home, 'secrets.json'))) rmSync(dataFolder(home), { recursive: true, force: true });
  const secrets = loadSecrets(home);
  const ports = await loadPorts(home);
  writeFileSync(join(home, 'external.json'), JSON.stringify(external), { mode: 0o600 });
  await makeCertificates(join(home, 'certificates'));
  const start = createStarters({ home, programs, secrets, ports, vhosts, namespaces });
  const timed = async (name: ServiceName, isExternal: unknown): Promise<void> => {
    if (isExternal) return say(`${LABELS[name]}: using the one in the environment`);
    const began = Date.now();
    await start[name]();
    say(`${LABELS[name]} is up (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  };
  const started = await Promise.allSettled([
    timed('postgres', external.postgres),
    timed('rabbitmq', external.relay),
    timed('temporal', external.temporal),
  ]);
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stopServices(home);
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
  const programs = requirePrograms({ external: {}, install: false, say: () => {} });
  const ports: Ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'));
  const options = { home, programs, secrets: loadSecrets(home), ports, vhosts, namespaces: [] };
  await createStarters(options)[name]();
}

export type ServiceName = 'postgres' | 'rabbitmq' | 'temporal';
const LABELS: Record<ServiceName, string> = {
  postgres: 'PostgreSQL',
  rabbitmq: 'RabbitMQ',
  temporal: 'Temporal',
};

function createStarters(options: {
  home: string;
  programs: ReturnType<typeof requirePrograms>;
  secrets: Secrets;
  ports: Ports;
  vhosts: string[];
  namespaces: string[];
}): Record<ServiceName, () => Promise<void>> {
  const { home, programs, secrets, ports, vhosts, namespaces } = options;
  return {
    postgres: () =>
      startPostgres({ home, bin: programs.postgresBin, port: ports.postgres, password: secrets.superuser }),
    rabbitmq: () => {
      const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
      if (!runningDaemons(home).some(({ name }) => name === 'epmd')) {
        startDaemon(home, { name: 'epmd', command: 'epmd', args });
      }
      return startRabbitmq({
        home,
        server: programs.rabbitmqServer,
        certificates: join(home, 'certificates'),
        vhosts,
        port: ports.rabbitmq,
        distributionPort: ports.distribution,
        epmdPort: ports.epmd,
        passwords: { scheduler: secrets.scheduler, agent: secrets.agent },
      });
    },
    temporal: () =>
      startTemporal({
        home,
        cli: programs.temporalCli,
        port: ports.temporal,
        uiPort: ports.ui,
        httpPort: ports.http,
        metricsPort: ports.metrics,
        namespaces,
      }),
  };
}

/** How to reach the services that were started in this home. */
export function describeServices(home: string): Services {
  const secrets: Secrets = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8'));
  const ports: Ports = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'));
  const external: ExternalServices = JSON.parse(readFileSync(join(home, 'external.json'), 'utf8'));
  const certificates = join(home, 'certificates');
  const passwords = {
    migadmin: secrets.migadmin,
    migapi: secrets.migapi,
    migscheduler: secrets.migscheduler,
    migtarget: secrets.migtarget,
    migsearch: secrets.migsearch,
  };
  const superuserUrl =
    external.postgres ?? `postgres://mig_superuser:${secrets.superuser}@127.0.0.1:${ports.postgres}/postgres`;
  return {
    home,
    postgres: {
      superuserUrl,
      urlOf: (role, database) => urlAs(superuserUrl, { role, password: passwords[role], database }),
    },
    relay: external.relay ?? {
      host: 'localhost',
      port: ports.rabbitmq,
      vhost: 'mig',
      files: {
        ca: join(certificates, 'ca.crt'),
        cert: join(certificates, 'client.crt'),
        key: join(certificates, 'client.key'),
      },
      passwords: { scheduler: secrets.scheduler, agent: secrets.agent },
    },
    temporal: external.temporal ?? {
      address: `127.0.0.1:${ports.temporal}`,
      uiUrl: `http://127.0.0.1:${ports.ui}`,
    },
    passwords,
    apiPort: ports.api,
    isPostgresExternal: external.postgres !== undefined,
  };
}

/** The same server as another user, in another database. */
function urlAs(
  url: string,
  { role, password, database }: { role: string; password: string; database: string },
): string {
  const other = new URL(url);
  Object.assign(other, { username: role, password, pathname: `/${database}` });
  return other.href;
}

/** Creates an empty database with the platform's roles, as an administrator would. */
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

/** Stops whatever this home started, the services last, the port mapper after them. */
export async function stopServices(home: string): Promise<string[]> {
  const remembered = runningDaemons(home);
  const running = [...remembered, ...strayAgents(home, remembered)];
  const isService = (name: string) => ['postgres', 'rabbitmq', 'temporal', 'epmd'].includes(name);
  await Promise.all(running.filter(({ name }) => !isService(name)).map((daemon) => stopDaemon(home, daemon)));
  const services = running.filter(({ name }) => isService(name) && name !== 'epmd');
  // SIGINT ends PostgreSQL at once, but cleanly; SIGTERM would wait for every client.
  await Promise.all(
    services.map((daemon) => stopDaemon(home, daemon, daemon.name === 'postgres' ? 'SIGINT' : 'SIGTERM')),
  );
  for (const daemon of running) if (daemon.name === 'epmd') await stopDaemon(home, daemon);
  return running.map(({ name }) => name);
}

const SECRETS = [
  'superuser',
  'migadmin',
  'migapi',
  'migscheduler',
  'migtarget',
  'migsearch',
  'scheduler',
  'agent',
] as const;
const PORTS = [
  'postgres',
  'rabbitmq',
  'distribution',
  'epmd',
  'temporal',
  'ui',
  'http',
  'metrics',
  'api',
] as const;

type Secrets = Record<(typeof SECRETS)[number], string>;
type Ports = Record<(typeof PORTS)[number], number>;

function loadSecrets(home: string): Secrets {
  const file = join(home, 'secrets.json');
  const known: Partial<Secrets> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const made = SECRETS.map((name) => [name, known[name] ?? randomBytes(24).toString('hex')]);
  const secrets = Object.fromEntries(made) as Secrets;
  if (SECRETS.some((name) => known[name] === undefined)) {
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  }
  return secrets;
}

/** The same ports as last time where they are free, so that links stay good; others where something took them. */
async function loadPorts(home: string): Promise<Ports> {
  const file = join(home, 'ports.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const ports: Record<string, number> = {};
  for (const name of PORTS) {
    const before = known[name] as number | undefined;
    ports[name] = before !== undefined && !(await portAnswers(before)) ? before : await freePort();
  }
  writeFileSync(file, JSON.stringify(ports));
  return ports as Ports;
}
