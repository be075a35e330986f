import { spawnSync } from 'node:child_process';

const MAX_OUTPUT = 256 * 1024 * 1024;
const TIMEOUT_MS = 900_000;

/**
 * Enters a mount namespace of its own. There, the root is a copy of this machine's whose changes are in memory, and end with
 * the namespace: nothing of the machine itself is written. Arguments: a folder to mount on, a script of changes, the command.
 */
const ENTER = `set -e
work=$1 changes=$2; shift 2
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
for each in proc sys dev; do mount --rbind "/$each" "$work/root/$each"; done
chroot "$work/root" sh -ec "$changes"
exec chroot "$work/root" "$@"
`;

/** Runs a command in a changed copy of this machine. Returns its output; throws when the copy cannot be made. */
export function runInSystem(
  command: readonly string[],
  { work, changes }: { work: string; changes: string },
): string {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh', work, changes, ...command];
  const { error, status, stdout, stderr } = spawnSync('unshare', args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    timeout: TIMEOUT_MS,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command[0]} ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout;
}
