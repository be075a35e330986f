import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { sha256Hex } from '../../../contract/digest.ts';
import { SetupError } from '../programs/setup-error.ts';
import { startUntilReady } from './start-until-ready.ts';

const SUPERUSER = 'mig_superuser';
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'max_connections=300',
  'shared_buffers=256MB',
  'fsync=on',
  'jit=off',
  'max_wal_size=2GB',
];

interface PostgresOptions {
  home: string;
  bin: string;
  port: number;
  password: string;
}

/** Starts a private PostgreSQL and waits until it answers. */
export async function startPostgres({ home, bin, port, password }: PostgresOptions): Promise<void> {
  const user = serverUser();
  const data = dataFolder(home, user);
  if (!existsSync(join(data, 'PG_VERSION'))) initialise({ bin, data, password, user });
  const spec = {
    name: 'postgres',
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), '-k', '', ...SETTINGS.flatMap((setting) => ['-c', setting])],
    cwd: '/',
    ...user,
  };
  const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
  await startUntilReady(home, spec, { label: 'PostgreSQL', isReady: () => canConnect(url) });
}

/** `<home>/postgres`, or a folder under /var/tmp when the server's user cannot reach the home (mode 0700 above it). */
export function dataFolder(home: string, user: ServerUser = serverUser()): string {
  if (user.uid === undefined || isReachableByOthers(home)) return join(home, 'postgres');
  return join('/var/tmp', `mig-postgres-${sha256Hex(home).slice(0, 12)}`);
}

interface ServerUser {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root: as root, returns another user for it. */
function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const passwd = readFileSync('/etc/passwd', 'utf8');
  const line = /^postgres:.*$/m.exec(passwd) ?? /^nobody:.*$/m.exec(passwd);
  const [, , uid, gid] = line?.[0].split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new SetupError('PostgreSQL needs a non-root user, such as nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

function isReachableByOthers(folder: string): boolean {
  if (folder === '/') return true;
  const mayOthersEnter = (statSync(folder).mode & 0o001) !== 0;
  return mayOthersEnter && isReachableByOthers(dirname(folder));
}

function initialise({
  bin,
  data,
  password,
  user,
}: {
  bin: string;
  data: string;
  password: string;
  user: ServerUser;
}): void {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const passwordFile = join(data, '..', `.pgpass-${process.pid}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(data, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ];
  const initdb = spawnSync(join(bin, 'initdb'), args, { encoding: 'utf8', cwd: '/', ...user });
  rmSync(passwordFile, { force: true });
  if (initdb.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new SetupError(`initdb failed: ${(initdb.stderr || String(initdb.error)).trim().slice(-400)}`);
  }
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
