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
import { pollUntil } from '../../../platform/async/poll-until.ts';
import { listPids } from '../../../platform/machine/proc-files.ts';
import { hasEnded, readProcessStat } from '../../../platform/machine/proc-stat.ts';
import { isProcessRunning } from '../../../platform/machine/process-signals.ts';
import { SetupError } from '../programs/setup-error.ts';

/** A background process of the stack, recorded on disk so that `down` and the next `up` find it. */
export interface Daemon {
  name: string;
  pid: number;
  /** Clock ticks from boot to the start of the process. They distinguish it from a later process with the same PID. */
  startTicks: string;
}

export interface DaemonSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string> | undefined;
  cwd?: string;
  uid?: number;
  gid?: number;
}

const STOP_TIMEOUT_MS = 15_000;

/** Starts a program in its own process group, with its output in `<home>/log/<name>.log`. */
export function startDaemon(home: string, spec: DaemonSpec): { daemon: Daemon; child: ChildProcess } {
  mkdirSync(join(home, 'log'), { recursive: true });
  mkdirSync(join(home, 'pids'), { recursive: true });
  const child = spawnDetached(spec, logFile(home, spec.name));
  const pid = pidOf(child);
  const daemon = { name: spec.name, pid, startTicks: startTicksOfChild(pid) };
  writeFileSync(pidFile(home, spec.name), JSON.stringify(daemon));
  return { daemon, child };
}

/** Throws when the program could not be started: a signal to PID 0 would reach our own process group. */
export function pidOf({ pid, spawnfile }: ChildProcess): number {
  if (pid === undefined) throw new SetupError(`${spawnfile} could not be started`);
  return pid;
}

/** Returns the recorded processes that still run, and forgets the others. */
export function runningDaemons(home: string): Daemon[] {
  const folder = join(home, 'pids');
  if (!existsSync(folder)) return [];
  const running: Daemon[] = [];
  for (const file of readdirSync(folder)) {
    const daemon = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Daemon;
    if (isRunning(daemon)) running.push(daemon);
    else rmSync(join(folder, file));
  }
  return running;
}

/** Returns the recorded process of this name. Throws when it does not run. */
export function runningDaemon(home: string, name: string): Daemon {
  const daemon = runningDaemons(home).find((one) => one.name === name);
  if (!daemon) throw new Error(`${name} does not run`);
  return daemon;
}

/**
 * Returns agents with an executable below this home that are not recorded: in an upgrade one agent replaces another, and
 * the upgrade may have been interrupted. Works on Linux only.
 */
export function strayAgents(home: string, recorded: readonly Daemon[]): Daemon[] {
  if (process.platform !== 'linux') return [];
  const agentsFolder = `${join(home, 'agents')}/`;
  return listPids().flatMap((pid) => {
    if (recorded.some((daemon) => daemon.pid === pid)) return [];
    const executable = executableOf(pid);
    if (!executable?.startsWith(agentsFolder)) return [];
    const startTicks = readStartTicks(pid);
    return startTicks === undefined ? [] : [{ name: basename(executable), pid, startTicks }];
  });
}

export function isRunning(daemon: Daemon): boolean {
  return readStartTicks(daemon.pid) === daemon.startTicks;
}

/** Sends the signal to the whole process group, and SIGKILL when the process still runs 15 seconds later. */
export async function stopDaemon(
  home: string,
  daemon: Daemon,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  signalGroup(daemon, signal);
  await pollUntil(() => !isRunning(daemon), { timeoutMs: STOP_TIMEOUT_MS, everyMs: 50 });
  signalGroup(daemon, 'SIGKILL');
  rmSync(pidFile(home, daemon.name), { force: true });
}

/** Returns the last lines of a service's log, for the message when it does not start. */
export function logTail(home: string, name: string, lines = 8): string {
  const file = logFile(home, name);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';
}

export function logFile(home: string, name: string): string {
  return join(home, 'log', `${name}.log`);
}

function pidFile(home: string, name: string): string {
  return join(home, 'pids', `${name}.json`);
}

function spawnDetached(spec: DaemonSpec, outputFile: string): ChildProcess {
  const { PATH, HOME = '/' } = process.env;
  const output = openSync(outputFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', output, output],
      env: { PATH, HOME, LANG: 'C.UTF-8', ...spec.env },
      cwd: spec.cwd,
      uid: spec.uid,
      gid: spec.gid,
    });
    child.on('error', () => {}); // a child without a PID is the error that is reported
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // it ended, or is a kernel thread or another user's process
  }
}

function signalGroup(daemon: Daemon, signal: NodeJS.Signals): void {
  if (!isRunning(daemon)) return;
  // A stray agent may not lead a process group.
  if (!kill(-daemon.pid, signal)) kill(daemon.pid, signal);
}

/** Returns false when there is no such process or group. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The start ticks of every running process where there is no /proc. */
const UNKNOWN_TICKS = 'alive';

/** Undefined when the process has ended. */
function readStartTicks(pid: number): string | undefined {
  if (process.platform !== 'linux') return isProcessRunning(pid) ? UNKNOWN_TICKS : undefined;
  const stat = readProcessStat(pid);
  return stat === undefined || hasEnded(stat) ? undefined : String(stat.startTicks);
}

/** For a child that was just spawned: even if it has ended, its entry in /proc remains until Node collects its status. */
function startTicksOfChild(pid: number): string {
  if (process.platform !== 'linux') return UNKNOWN_TICKS;
  const stat = readProcessStat(pid);
  if (stat === undefined) throw new SetupError(`process ${pid} disappeared at its start`);
  return String(stat.startTicks);
}
