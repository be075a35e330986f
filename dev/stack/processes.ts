import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, readProcessStat } from '../../platform/machine/proc-stat.ts';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';

/** A background process of the stack, remembered on disk so that `down` and the next `up` find it. */
export interface Daemon {
  name: string;
  pid: number;
  /** Clock ticks since boot at which it started: tells our process from another that got its pid. */
  startTicks: string;
}

export interface DaemonSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Ends the process group with this signal; SIGTERM unless the program wants another. */
}

/** Starts a program in its own process group, output to `<home>/log/<name>.log`. */
export function startDaemon(home: string, spec: DaemonSpec): { daemon: Daemon; child: ChildProcess } {
  mkdirSync(join(home, 'log'), { recursive: true });
  mkdirSync(join(home, 'pids'), { recursive: true });
  const log = openSync(join(home, 'log', `${spec.name}.log`), 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid }),
  });
  child.on('error', () => {}); // reported by whoever waits for the service
  child.unref();
  closeSync(log);
  const pid = child.pid ?? 0;
  const daemon = { name: spec.name, pid, startTicks: startTicks(pid) ?? '' };
  writeFileSync(pidFile(home, spec.name), JSON.stringify(daemon));
  return { daemon, child };
}

/** The remembered processes that still run; forgets those that do not. */
export function runningDaemons(home: string): Daemon[] {
  const dir = join(home, 'pids');
  if (!existsSync(dir)) return [];
  const found: Daemon[] = [];
  for (const file of readdirSync(dir)) {
    const daemon = JSON.parse(readFileSync(join(dir, file), 'utf8')) as Daemon;
    if (isRunning(daemon)) found.push(daemon);
    else rmSync(join(dir, file));
  }
  return found;
}

/**
 * Agents whose executable lies below this home and that nothing here started: in an upgrade one takes over from another, and
 * whoever asked for it may have been cut off. Only Linux tells them.
 */
export function strayAgents(home: string, remembered: readonly Daemon[]): Daemon[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    const executable = Number.isInteger(pid) ? executableOf(pid) : undefined;
    if (!executable?.startsWith(`${join(home, 'agents')}/`) || remembered.some((one) => one.pid === pid))
      return [];
    return [{ name: basename(executable), pid, startTicks: startTicks(pid) ?? '' }];
  });
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it ended, is of the kernel, or of another user
  }
}

export function isRunning(daemon: Daemon): boolean {
  return daemon.pid > 0 && startTicks(daemon.pid) === daemon.startTicks;
}

/** Asks the whole process group to end, then insists. */
export async function stopDaemon(
  home: string,
  daemon: Daemon,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  signalGroup(daemon, signal);
  for (let waited = 0; isRunning(daemon) && waited < 15_000; waited += 50) await sleep(50);
  if (isRunning(daemon)) signalGroup(daemon, 'SIGKILL');
  rmSync(pidFile(home, daemon.name), { force: true });
}

function signalGroup(daemon: Daemon, signal: NodeJS.Signals): void {
  if (!isRunning(daemon)) return;
  // A stray agent may lead no group.
  if (!kill(-daemon.pid, signal)) kill(daemon.pid, signal);
}

/** False when there is no such process or group. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The last lines of a service's log, for the message when it does not start. */
export function logTail(home: string, name: string, lines = 8): string {
  const file = join(home, 'log', `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';
}

function pidFile(home: string, name: string): string {
  return join(home, 'pids', `${name}.json`);
}

/** With the pid, the identity of a process; undefined when it has ended. Where there is no /proc: `alive`. */
function startTicks(pid: number): string | undefined {
  if (process.platform !== 'linux') return isProcessRunning(pid) ? 'alive' : undefined;
  const stat = readProcessStat(pid);
  return stat === undefined || hasEnded(stat) ? undefined : String(stat.startTicks);
}
