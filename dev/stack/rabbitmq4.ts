import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SetupError } from './setup-error.ts';

const SUITE = 'trixie';
const PROGRAMS = ['rabbitmq-server', 'rabbitmqctl', 'epmd'] as const;

/**
 * Runs one of the programs in a mount namespace of its own, with Debian's folders over the machine's. The mounts end
 * with the process, however it ends; the process keeps its id, and data and configuration lie where they always do.
 */
function launcher(root: string, program: (typeof PROGRAMS)[number]): string {
  const path = program === 'epmd' ? '/usr/bin/epmd' : `/usr/lib/rabbitmq/bin/${program}`;
  return [
    '#!/bin/sh',
    "exec unshare --mount --propagation private /bin/sh -c '",
    '  mount --bind "$1/etc" /etc && mount --bind "$1/usr" /usr && shift && exec "$@"',
    `' sh '${root}' ${path} "$@"`,
    '',
  ].join('\n');
}

/**
 * The server script of RabbitMQ 4, from Debian's next release in a folder of its own under ~/.cache/mig: made once, in a
 * minute or two. Throws one message that says why it cannot be had.
 */
export function prepareRabbitmq4(say: (line: string) => void): string {
  const folder = join(homedir(), '.cache', 'mig', `rabbitmq-${SUITE}`);
  const server = join(folder, 'bin', 'rabbitmq-server');
  if (existsSync(server)) return server;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw cannot('a Debian folder is made and mounted by root on Linux only');
  }
  ensureDebootstrap(say);
  say(`making a Debian ${SUITE} with RabbitMQ 4 under ${folder}, once, a minute or two`);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    debootstrap(join(work, 'root'));
    mkdirSync(join(work, 'bin'));
    for (const program of PROGRAMS) {
      writeFileSync(join(work, 'bin', program), launcher(join(folder, 'root'), program), { mode: 0o755 });
    }
    // Another run may have been faster.
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return server;
}

function ensureDebootstrap(say: (line: string) => void): void {
  if (hasProgram('debootstrap')) return;
  say('installing debootstrap with apt-get');
  const options = { stdio: 'ignore' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], options);
  if (!hasProgram('debootstrap'))
    throw cannot('debootstrap is missing (Debian: apt-get install debootstrap)');
}

function debootstrap(root: string): void {
  const args = ['--variant=minbase', '--include=rabbitmq-server', SUITE, root, ...mirror()];
  const made = spawnSync('debootstrap', args, { encoding: 'utf8' });
  if (made.status !== 0) {
    throw cannot(`debootstrap failed: ${made.stdout.trim().slice(-300)} ${made.stderr.trim().slice(-300)}`);
  }
  rmSync(join(root, 'var', 'cache', 'apt'), { recursive: true, force: true });
  writeFileSync(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n');
}

/** Debian's mirror that this machine uses; debootstrap knows one where there is none. */
function mirror(): string[] {
  const args = ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)', 'Created-By: Packages'];
  const { stdout } = spawnSync('apt-get', args, { encoding: 'utf8' });
  const line = (stdout ?? '').split('\n').find((one) => one.startsWith('Debian|Debian|'));
  return line === undefined ? [] : [line.slice('Debian|Debian|'.length)];
}

function hasProgram(name: string): boolean {
  return spawnSync('/bin/sh', ['-c', `command -v ${name}`]).status === 0;
}

function cannot(why: string): SetupError {
  return new SetupError(`RabbitMQ 4 cannot be had here: ${why}`);
}
