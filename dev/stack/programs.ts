import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { prepareRabbitmq4 } from './rabbitmq4.ts';
import { SetupError } from './setup-error.ts';

const TEMPORAL_VERSION = 'v1.5.1';

function postgresBin(): string | undefined {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const usual = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
  const folders = [...usual, ...pathFolders(), '/opt/homebrew/bin', '/usr/local/pgsql/bin'];
  return folders.find((folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')));
}

/**
 * RabbitMQ's own script: the wrapper in /usr/sbin insists on running as the system's user. MIG_RABBITMQ_SERVER names
 * another one; `4` stands for RabbitMQ 4 of Debian's next release.
 */
function rabbitmqServer(say: (line: string) => void): string | undefined {
  const { MIG_RABBITMQ_SERVER: chosen } = process.env;
  if (chosen === '4') return prepareRabbitmq4(say);
  if (chosen) return isProgram(chosen) ? chosen : undefined;
  const folders = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/sbin', ...pathFolders()];
  return folders.map((folder) => join(folder, 'rabbitmq-server')).find(isProgram);
}

export function temporalCli(): string | undefined {
  return [...pathFolders(), cacheFolder()].map((folder) => join(folder, 'temporal')).find(isProgram);
}

/** Finds every program, installing what is missing where `install` allows it; throws one message otherwise. */
export function requirePrograms({
  external,
  install,
  say,
}: {
  /** What runs elsewhere needs no program here. */
  external: { postgres?: unknown; relay?: unknown; temporal?: unknown };
  install: boolean;
  say: (line: string) => void;
}): { postgresBin: string; rabbitmqServer: string; temporalCli: string } {
  const find = () => ({
    postgresBin: external.postgres ? '' : postgresBin(),
    rabbitmqServer: external.relay ? '' : rabbitmqServer(say),
    temporalCli: external.temporal ? '' : temporalCli(),
  });
  if (install && Object.values(find()).includes(undefined)) installPackages(say);
  if (find().temporalCli === undefined) installTemporal(say);
  const { postgresBin: postgres, rabbitmqServer: rabbitmq, temporalCli: temporal } = find();
  const missing = [
    postgres !== undefined ? [] : ['PostgreSQL 14 or later (Debian: apt-get install postgresql)'],
    rabbitmq !== undefined ? [] : ['RabbitMQ 3.10 or later (Debian: apt-get install rabbitmq-server)'],
    temporal !== undefined
      ? []
      : [`the Temporal CLI (go install github.com/temporalio/cli/cmd/temporal@${TEMPORAL_VERSION})`],
  ].flat();
  if (postgres === undefined || rabbitmq === undefined || temporal === undefined) {
    throw new SetupError(
      `missing: ${missing.join('; ')}. Install it, let this command do so with --install, ` +
        'or point MIG_POSTGRES_URL, MIG_AMQP_URL or TEMPORAL_ADDRESS at a running one.',
    );
  }
  return { postgresBin: postgres, rabbitmqServer: rabbitmq, temporalCli: temporal };
}

function installPackages(say: (line: string) => void): void {
  if (!which('apt-get') || process.getuid?.() !== 0 || (postgresBin() && rabbitmqServer(say))) return;
  say('installing PostgreSQL and RabbitMQ with apt-get');
  aptInstall(['postgresql', 'rabbitmq-server']);
}

/** GnuPG, which the tests of investigators' keys run; installed where that is possible. */
export function requireGnupg(): void {
  if (which('gpg')) return;
  if (which('apt-get') && process.getuid?.() === 0) aptInstall(['gnupg']);
  if (!which('gpg')) throw new SetupError('missing: GnuPG 2.2 or later (Debian: apt-get install gnupg)');
}

function aptInstall(packages: readonly string[]): void {
  const options = { stdio: 'ignore' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
}

/** Built once from the Go module and cached: a few minutes. */
function installTemporal(say: (line: string) => void): void {
  const go = which('go') ?? (isProgram('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined);
  if (!go) return;
  say(`building the Temporal CLI ${TEMPORAL_VERSION} with Go, once, a few minutes`);
  mkdirSync(cacheFolder(), { recursive: true });
  const built = spawnSync(go, ['install', `github.com/temporalio/cli/cmd/temporal@${TEMPORAL_VERSION}`], {
    env: { ...process.env, GOBIN: cacheFolder(), GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  if (built.status !== 0)
    throw new SetupError(`go install of the Temporal CLI failed: ${built.stderr.trim().slice(-400)}`);
}

function cacheFolder(): string {
  return join(homedir(), '.cache', 'mig', `temporal-${TEMPORAL_VERSION}`);
}

function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

function which(program: string): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, program))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
