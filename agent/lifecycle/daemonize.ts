import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readEnv } from '../../platform/config.ts';
import { childEnvironment } from '../../platform/machine/child-environment.ts';
import { detectInit } from '../../platform/machine/init-system.ts';

/** Set in an agent that daemonized itself; the value counts its restarts after failures. */
export const DAEMON_VARIABLE = 'MIG_AGENT_DAEMON';
const MAX_DELAY_MS = 60_000;
/** A failure after this long does not count as a repetition. */
const STABLE_MS = 600_000;

/** Whether this process is its own supervisor: nothing else restarts it when it fails. */
export function isDaemonized(): boolean {
  return readEnv()[DAEMON_VARIABLE] !== undefined;
}

/** Whether this process was started by an init system that runs services in the foreground and restarts them. */
export function isSupervised(): boolean {
  return process.ppid === 1 && ['systemd', 'upstart', 'launchd'].includes(detectInit());
}

/** The parts of the command line that a restarted agent keeps. */
interface BackgroundOptions {
  configFile: string;
  isWithoutPersistent: boolean;
}

/** Starts this executable in a session of its own, with the same configuration, and does not wait for its end. */
export function startInBackground(
  { configFile, isWithoutPersistent }: BackgroundOptions,
  failures = 0,
): void {
  const flags = isWithoutPersistent ? ['-n'] : [];
  const child = spawn(process.execPath, ['-c', configFile, ...flags, '-f'], {
    detached: true,
    stdio: 'ignore',
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    env: childEnvironment({ [DAEMON_VARIABLE]: String(failures) }),
    windowsHide: true,
  });
  child.unref();
}

/** Restarts an agent without a supervisor after a fatal error, with a delay that grows each time. */
export async function startAgain(
  options: BackgroundOptions,
  { aliveMs }: { aliveMs: number },
): Promise<void> {
  const failures = aliveMs > STABLE_MS ? 0 : Number(readEnv()[DAEMON_VARIABLE] ?? 0);
  await sleep(Math.min(MAX_DELAY_MS, 1000 * 2 ** Math.min(failures, 10)));
  startInBackground(options, failures + 1);
}
