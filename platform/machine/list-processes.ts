import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import { runPowershell } from './powershell.ts';
import { listPids, readCommandLine } from './proc-files.ts';
import { hasEnded, MS_PER_TICK, type ProcessStat, readProcessStat } from './proc-stat.ts';

export interface RunningProcess {
  pid: number;
  /** The file that the process was started from. It may be deleted by now. */
  executable: string;
  args: readonly string[];
  /** Unix milliseconds, accurate to about a second. */
  startedMs: number;
}

const TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/** Every process; on Linux, only those that could be an agent of the caller's own. */
export async function listProcesses(): Promise<RunningProcess[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return listFromWindows();
  return listFromPs();
}

function listFromProc(): RunningProcess[] {
  const bootMs = readBootMs();
  return listPids()
    .map((pid) => readProcess(pid, bootMs))
    .filter((found) => found !== undefined);
}

/** When the machine was started, in Unix milliseconds. */
export function readBootMs(): number {
  const seconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
  // A sandbox may hide the line. Start times are wrong then, and an order that names one is refused.
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

/** Undefined when the process has ended or belongs to another user: then its path proves nothing. */
function readProcess(pid: number, bootMs: number): RunningProcess | undefined {
  const stat = readProcessStat(pid);
  if (!stat || hasEnded(stat) || hasNotExeced(stat)) return undefined;
  try {
    if (!isOurs(pid)) return undefined;
    const executable = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
    const commandLine = readCommandLine(pid);
    // In the middle of exec(2) the new executable is there and its arguments are not.
    if (commandLine === '') return undefined;
    return {
      pid,
      executable,
      args: commandLine.split('\0').slice(1, -1),
      startedMs: bootMs + stat.startTicks * MS_PER_TICK,
    };
  } catch {
    return undefined;
  }
}

/** The kernel's flag for a process between fork(2) and exec(2). */
const PF_FORKNOEXEC = 0x40;

/** Until exec(2) a child of the agent has the agent's executable and command line. */
function hasNotExeced({ flags }: ProcessStat): boolean {
  return (flags & PF_FORKNOEXEC) !== 0;
}

/**
 * Whether our own user runs the process, from a file that no other user can write. A path alone proves nothing: in a
 * mount namespace every user can place a file at our path, and we would run that file to learn its version.
 */
function isOurs(pid: number): boolean {
  const ownUserId = process.geteuid?.();
  const file = statSync(`/proc/${pid}/exe`);
  return (
    statSync(`/proc/${pid}`).uid === ownUserId &&
    [ownUserId, 0].includes(file.uid) &&
    (file.mode & 0o022) === 0
  );
}

/**
 * For PowerShell 5.1, which every Windows has: it lacks `-AsArray`, and turns an array of one that comes through a pipe
 * into an object.
 */
export const WINDOWS_AGENTS = `ConvertTo-Json -Compress -InputObject @(
  Get-CimInstance Win32_Process -Filter "Name LIKE 'mig-agent%'" | ForEach-Object { [pscustomobject]@{
    pid = $_.ProcessId; executable = $_.ExecutablePath; args = $_.CommandLine;
    started = $_.CreationDate.ToUniversalTime().ToString('o') } })`;

async function listFromWindows(): Promise<RunningProcess[]> {
  return parseWindows(await runPowershell(WINDOWS_AGENTS, { timeoutMs: TIMEOUT_MS }));
}

interface WindowsRow {
  pid: number;
  /** null: we may not inspect this process. */
  executable: string | null;
  args: string | null;
  started: string;
}

/** Depending on its version, PowerShell prints one process as an array or as an object. */
export function parseWindows(json: string): RunningProcess[] {
  const parsed: WindowsRow | WindowsRow[] | null = json.trim() === '' ? null : JSON.parse(json);
  const rows = Array.isArray(parsed) ? parsed : [parsed].filter((row) => row !== null);
  return rows.flatMap(({ pid, executable, args, started }) =>
    executable === null
      ? []
      : [{ pid, executable, startedMs: Date.parse(started), args: (args ?? '').split(/\s+/).slice(1) }],
  );
}

/** Runs `ps` twice: only its last column may contain spaces. */
async function listFromPs(): Promise<RunningProcess[]> {
  const env = childEnvironment();
  const { stdout: processes } = await run('ps', ['-axww', '-o', 'pid=,lstart=,comm='], { env });
  const { stdout: commandLines } = await run('ps', ['-axww', '-o', 'pid=,args='], { env });
  return parsePs(processes, commandLines);
}

/** Parses `ps -o pid=,lstart=,comm=`, whose time is in the local zone, and `ps -o pid=,args=`. */
export function parsePs(processes: string, commandLines: string): RunningProcess[] {
  const commandLineOf = new Map(
    [...commandLines.matchAll(/^[ \t]*(\d+)[ \t]+(.*)$/gm)].map(([, pid, line = '']) => [Number(pid), line]),
  );
  // Blanks within a line only: a process names itself, and backtracking over its blanks would take quadratic time.
  const rows = processes.matchAll(
    /^[ \t]*(\d+)[ \t]+(\w{3} +\w{3} +\d+ +\d\d:\d\d:\d\d +\d{4})[ \t]+(\/.*)$/gm,
  );
  return [...rows].map(([, pid, started = '', text = '']) => {
    const executable = text.trimEnd();
    return {
      pid: Number(pid),
      executable,
      startedMs: Date.parse(started),
      args: (commandLineOf.get(Number(pid)) ?? '').slice(executable.length).trim().split(/\s+/),
    };
  });
}
