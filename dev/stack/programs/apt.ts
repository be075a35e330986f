import { spawnSync } from 'node:child_process';
import { findOnPath } from './find-program.ts';

export function canAptInstall(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== undefined;
}

/** Installs Debian packages. A failure is not reported: the caller looks for the programs afterwards. */
export function aptInstall(packages: readonly string[]): void {
  const options = { stdio: 'ignore' as const, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
}
