import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { sha256Hex } from '../../contract/digest.ts';
import { waitFor } from '../wait.ts';
import { logTail, startDaemon } from './processes.ts';
import { SetupError } from './setup-error.ts';

/** Starts a private PostgreSQL on a port of its own and waits until it answers. */
export async function startPostgres(options: {
  home: string;
  bin: string;
  port: number;
  password: string;
}): Promise<void> {
  const { home, bin, port, password } = options;
  const user = serverUser();
  const data = dataFolder(home, user);
  const url = `postgres://mig_superuser:${password}@127.0.0.1:${port}/postgres`;
  if (!existsSync(join(data, 'PG_VERSION'))) initialise({ bin, data, password, user });
  const args = ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1'];
  const settings = ['max_connections=300', 'shared_buffers=256MB', 'fsync=on', 'jit=off', 'max_wal_size=2GB'];
  const { child } = startDaemon(home, {
    name: 'postgres',
    command: join(bin, 'postgres'),
    args: [...args, ...settings.flatMap((setting) => ['-c', setting])],
    cwd: '/',
    ...user,
  });
  try {
    await waitFor('PostgreSQL', () => canConnect(url), { isAlive: () => child.exitCode === null });
  } catch (cause) {
    throw new SetupError(`PostgreSQL did not start: ${logTail(home, 'postgres')}`, { cause });
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

interface ServerUser {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root; as root we lend it another user. */
function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const passwd = readFileSync('/etc/passwd', 'utf8');
  const line = /^postgres:.*$/m.exec(passwd) ?? /^nobody:.*$/m.exec(passwd);
  const [, , uid, gid] = line?.[0]?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new SetupError('PostgreSQL needs a non-root user, such as nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

/** `<home>/postgres`, or a folder under /var/tmp when the lent user cannot reach into the home (mode 0700 above it). */
export function dataFolder(home: string, user: ServerUser = serverUser()): string {
  const isReachable = (folder: string): boolean =>
    folder === '/' || ((statSync(folder).mode & 0o001) !== 0 && isReachable(dirname(folder)));
  if (user.uid === undefined || isReachable(home)) return join(home, 'postgres');
  return join('/var/tmp', `mig-postgres-${sha256Hex(home).slice(0, 12)}`);
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
    '-D',
    data,
    '-U',
    'mig_superuser',
    '--pwfile',
    passwordFile,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
  ];
  const made = spawnSync(join(bin, 'initdb'), [...args, '--locale=C.UTF-8', '--no-sync'], {
    encoding: 'utf8',
    cwd: '/',
    ...user,
  });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    rmSync(data, { recursive: true, force: true });
    throw new SetupError(`initdb failed: ${(made.stderr || String(made.error)).trim().slice(-400)}`);
  }
}
