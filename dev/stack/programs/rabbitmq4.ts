import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { aptInstall } from './apt.ts';
import { findOnPath } from './find-program.ts';
import { SetupError } from './setup-error.ts';

const SUITE = 'trixie';
const PROGRAMS = {
  'rabbitmq-server': '/usr/lib/rabbitmq/bin/rabbitmq-server',
  rabbitmqctl: '/usr/lib/rabbitmq/bin/rabbitmqctl',
  epmd: '/usr/bin/epmd',
};

/**
 * Returns the server script of RabbitMQ 4, from Debian's next release in a folder under ~/.cache/mig. Making that folder
 * takes a minute or two, once. Throws one message that says why it is impossible.
 */
export function prepareRabbitmq4(report: (line: string) => void): string {
  const folder = join(homedir(), '.cache', 'mig', `rabbitmq-${SUITE}`);
  const server = join(folder, 'bin', 'rabbitmq-server');
  if (existsSync(server)) return server;
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw unavailable('a Debian folder is made and mounted by root on Linux only');
  }
  ensureDebootstrap(report);
  report(`making a Debian ${SUITE} with RabbitMQ 4 under ${folder}, once, a minute or two`);
  makeDebianFolder(folder);
  return server;
}

function ensureDebootstrap(report: (line: string) => void): void {
  if (findOnPath('debootstrap')) return;
  report('installing debootstrap with apt-get');
  aptInstall(['debootstrap']);
  if (!findOnPath('debootstrap'))
    throw unavailable('debootstrap is missing (Debian: apt-get install debootstrap)');
}

/** Makes the folder under another name and renames it when it is complete. */
function makeDebianFolder(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    debootstrap(join(work, 'root'));
    mkdirSync(join(work, 'bin'));
    for (const [name, path] of Object.entries(PROGRAMS)) {
      writeFileSync(join(work, 'bin', name), launcher(join(folder, 'root'), path), { mode: 0o755 });
    }
    // Another run may have been faster.
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function debootstrap(root: string): void {
  const args = ['--variant=minbase', '--include=rabbitmq-server', SUITE, root, ...mirror()];
  const { status, stdout, stderr } = spawnSync('debootstrap', args, { encoding: 'utf8' });
  if (status !== 0) {
    throw unavailable(`debootstrap failed: ${stdout.trim().slice(-300)} ${stderr.trim().slice(-300)}`);
  }
  rmSync(join(root, 'var', 'cache', 'apt'), { recursive: true, force: true });
  writeFileSync(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n');
}

/** The Debian mirror of this machine, as an argument list; empty when debootstrap must use its default. */
function mirror(): string[] {
  const args = ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)', 'Created-By: Packages'];
  const { error, stdout } = spawnSync('apt-get', args, { encoding: 'utf8' });
  if (error) return [];
  const line = stdout.split('\n').find((one) => one.startsWith('Debian|Debian|'));
  return line === undefined ? [] : [line.slice('Debian|Debian|'.length)];
}

/**
 * A script that runs the program in its own mount namespace, with Debian's folders mounted over the machine's. The mounts
 * end with the process, and the process keeps its PID, so data and configuration stay where they always are.
 */
function launcher(root: string, program: string): string {
  return [
    '#!/bin/sh',
    "exec unshare --mount --propagation private /bin/sh -c '",
    '  mount --bind "$1/etc" /etc && mount --bind "$1/usr" /usr && shift && exec "$@"',
    `' sh '${root}' ${program} "$@"`,
    '',
  ].join('\n');
}

function unavailable(why: string): SetupError {
  return new SetupError(`RabbitMQ 4 is unavailable here: ${why}`);
}
