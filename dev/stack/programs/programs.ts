import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, canAptInstall } from './apt.ts';
import type { ExternalServices } from './external.ts';
import { findIn, findOnPath, isExecutable, pathFolders } from './find-program.ts';
import { prepareRabbitmq4 } from './rabbitmq4.ts';
import { SetupError } from './setup-error.ts';

const TEMPORAL_VERSION = 'v1.5.1';
const TEMPORAL_MODULE = `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_VERSION}`;

/** Paths of the services' programs; empty for a service that runs elsewhere. */
export interface Programs {
  postgresBin: string;
  rabbitmqServer: string;
  temporalCli: string;
}

type FoundPrograms = Record<keyof Programs, string | undefined>;

const NOT_NEEDED = '';

const HOW_TO_INSTALL: Record<keyof Programs, string> = {
  postgresBin: 'PostgreSQL 14 or later (Debian: apt-get install postgresql)',
  rabbitmqServer: 'RabbitMQ 3.10 or later (Debian: apt-get install rabbitmq-server)',
  temporalCli: `the Temporal CLI (go install ${TEMPORAL_MODULE})`,
};

/** Finds every program, and installs missing ones where `install` allows it. Throws one message that names those missing. */
export function requirePrograms({
  external,
  install,
  report,
}: {
  external: ExternalServices;
  install: boolean;
  report: (line: string) => void;
}): Programs {
  const find = (): FoundPrograms => ({
    postgresBin: external.postgres ? NOT_NEEDED : findPostgresBin(),
    rabbitmqServer: external.relay ? NOT_NEEDED : findRabbitmqServer(report),
    temporalCli: external.temporal ? NOT_NEEDED : findTemporalCli(),
  });
  if (install && !areAllFound(find())) installServices(report);
  if (find().temporalCli === undefined) installTemporal(report);
  const found = find();
  if (areAllFound(found)) return found;
  throw new SetupError(
    `missing: ${howToInstallMissing(found).join('; ')}. Install it, let this command do so with --install, ` +
      'or point MIG_POSTGRES_URL, MIG_AMQP_URL or TEMPORAL_ADDRESS at a running one.',
  );
}

export function findTemporalCli(): string | undefined {
  return findIn([...pathFolders(), temporalCacheFolder()], 'temporal');
}

/** Installs GnuPG where possible: the tests of investigators' keys run it. */
export function requireGnupg(): void {
  if (findOnPath('gpg')) return;
  if (canAptInstall()) aptInstall(['gnupg']);
  if (!findOnPath('gpg')) throw new SetupError('missing: GnuPG 2.2 or later (Debian: apt-get install gnupg)');
}

function findPostgresBin(): string | undefined {
  const folders = [...debianPostgresFolders(), ...pathFolders(), '/opt/homebrew/bin', '/usr/local/pgsql/bin'];
  return folders.find(
    (folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')),
  );
}

/** The newest version first. */
function debianPostgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'));
}

/**
 * Returns RabbitMQ's own script: the wrapper in /usr/sbin runs only as the system's user. MIG_RABBITMQ_SERVER names
 * another script; `4` stands for RabbitMQ 4 of Debian's next release.
 */
function findRabbitmqServer(report: (line: string) => void): string | undefined {
  const { MIG_RABBITMQ_SERVER: chosen } = process.env;
  if (chosen === '4') return prepareRabbitmq4(report);
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  return findIn(['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', ...pathFolders()], 'rabbitmq-server');
}

function areAllFound(found: FoundPrograms): found is Programs {
  return howToInstallMissing(found).length === 0;
}

function howToInstallMissing(found: FoundPrograms): string[] {
  const names = Object.keys(HOW_TO_INSTALL) as (keyof Programs)[];
  return names.filter((name) => found[name] === undefined).map((name) => HOW_TO_INSTALL[name]);
}

function installServices(report: (line: string) => void): void {
  if (!canAptInstall() || (findPostgresBin() && findRabbitmqServer(report))) return;
  report('installing PostgreSQL and RabbitMQ with apt-get');
  aptInstall(['postgresql', 'rabbitmq-server']);
}

/** Builds the Temporal CLI from its Go module, once, and caches it. */
function installTemporal(report: (line: string) => void): void {
  const go = findOnPath('go') ?? findIn(['/usr/local/go/bin'], 'go');
  if (!go) return;
  report(`building the Temporal CLI ${TEMPORAL_VERSION} with Go, once, a few minutes`);
  mkdirSync(temporalCacheFolder(), { recursive: true });
  const built = spawnSync(go, ['install', TEMPORAL_MODULE], {
    env: { ...process.env, GOBIN: temporalCacheFolder(), GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  if (built.status !== 0)
    throw new SetupError(`go install of the Temporal CLI failed: ${built.stderr.trim().slice(-400)}`);
}

function temporalCacheFolder(): string {
  return join(homedir(), '.cache', 'mig', `temporal-${TEMPORAL_VERSION}`);
}
