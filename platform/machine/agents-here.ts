import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import { statFields } from './proc-stat.ts';
import { windowsProgram } from './windows-program.ts';

/** An agent that runs on this machine, from the folder that this program is in. */
export interface AgentHere {
  pid: number;
  /** Where it was started from; the file may be gone by now. */
  executable: string;
  /** Milliseconds since 1970, to a second or so. */
  startedMs: number;
}

/** An agent that is told to end is gone after this long: what runs may end, what does not is cut off and answered. */
export const LONGEST_ENDING_MS = 12_000;
const MS_PER_TICK = 10;
const TIMEOUT_MS = 10_000;
const EXTENSION = process.platform === 'win32' ? '.exe' : '';
const run = promisify(execFile);

interface Installation {
  folder: string;
  /** This executable. */
  own: string;
  /** The name without a version: whoever starts the agent should use it. */
  link: string;
  /** What starts this executable: the link where that leads here. */
  entry: string;
  of(version: string): string;
}

/** The folder that all versions of the agent lie in, side by side. */
export function installation(): Installation {
  const own = realpathSync(process.execPath);
  const folder = dirname(own);
  const link = join(folder, `mig-agent${EXTENSION}`);
  return {
    folder,
    own,
    link,
    entry: leadsTo(link, own) ? link : own,
    of: (version) => join(folder, `mig-agent-${version}${EXTENSION}`),
  };
}

function leadsTo(link: string, file: string): boolean {
  try {
    return realpathSync(link) === file;
  } catch {
    return false;
  }
}

/** Agents of this installation; modules that they run at the moment are not agents. */
export async function agentsHere(): Promise<AgentHere[]> {
  const { folder } = installation();
  const all = process.platform === 'linux' ? fromProc() : await fromSystem();
  return all
    .filter(({ executable, args }) => isAgent(executable, args) && dirname(executable) === folder)
    .map(({ pid, executable, startedMs }) => ({ pid, executable, startedMs }));
}

/** Whether anything runs under this number; what has ended and was not yet collected does not. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !isOver(statFields(pid));
}

/**
 * The version that an agent's executable tells. Of a running one the very file that runs is asked, even when its name
 * is gone or belongs to another file by now.
 */
export async function versionOf(agent: string | AgentHere): Promise<string> {
  const file =
    typeof agent === 'string'
      ? agent
      : process.platform === 'linux'
        ? `/proc/${agent.pid}/exe`
        : agent.executable;
  const { stdout } = await run(file, ['-V'], {
    env: childEnvironment(),
    timeout: TIMEOUT_MS,
    maxBuffer: 4096,
    windowsHide: true,
  });
  return stdout.trimEnd();
}

interface Found extends AgentHere {
  args: readonly string[];
}

/** `mig-agent` or `mig-agent-<version>`, and not the child that runs a module or a command of the administrator's. */
export function isAgent(executable: string, args: readonly string[]): boolean {
  if (!/^mig-agent(-[0-9A-Za-z+._-]+)?$/.test(basename(executable, EXTENSION))) return false;
  if (args.some((arg) => /^--?(V|S|q|i|P|h|help)$/.test(arg) || COMMAND.test(arg))) return false;
  const mode = args[args.findIndex((arg) => /^--?m$/.test(arg)) + 1];
  return !args.some((arg) => /^--?m$/.test(arg)) || ['agent', 'agent-checkin'].includes(mode ?? '');
}
/** What an administrator types: such a process answers and ends. */
const COMMAND = /^(install|uninstall|status|report|acl)$/;

function fromProc(): Found[] {
  const bootMs = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0) * 1000;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = readProcess(Number(name));
      return found ? [{ ...found, startedMs: bootMs + found.startTicks * MS_PER_TICK }] : [];
    });
}

/** Undefined when it is gone, or somebody else's: whatever its file is called, it is not asked anything. */
function readProcess(pid: number) {
  const fields = statFields(pid);
  if (!fields || isOver(fields) || hasNotExeced(fields)) return undefined;
  try {
    if (!isOurs(pid)) return undefined;
    const executable = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    // In the middle of exec the new file is there and its arguments are not.
    if (commandLine === '') return undefined;
    const args = commandLine.split('\0').slice(1, -1);
    return { pid, executable, args, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

function isOver(fields: readonly string[] | undefined): boolean {
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X';
}

/** The kernel's (include/linux/sched.h), among the flags that proc(5) counts as the ninth field. */
const PF_FORKNOEXEC = 0x40;

/** Between fork and exec whatever an agent starts has the agent's executable and command line. */
function hasNotExeced(fields: readonly string[]): boolean {
  return (Number(fields[6]) & PF_FORKNOEXEC) !== 0;
}

/**
 * Run by our own user, from a file that nobody else can write. A path alone proves nothing: in a mount namespace of his
 * own every user has an executable at ours, and its version is asked with our rights.
 */
function isOurs(pid: number): boolean {
  const own = process.geteuid?.();
  const file = statSync(`/proc/${pid}/exe`);
  return statSync(`/proc/${pid}`).uid === own && [own, 0].includes(file.uid) && (file.mode & 0o022) === 0;
}

/**
 * For PowerShell 5.1, which every Windows has: it knows no `-AsArray`, and makes an object of an array of one that comes
 * through a pipe.
 */
export const WINDOWS_AGENTS = `ConvertTo-Json -Compress -InputObject @(
  Get-CimInstance Win32_Process -Filter "Name LIKE 'mig-agent%'" | ForEach-Object { [pscustomobject]@{
    pid = $_.ProcessId; executable = $_.ExecutablePath; args = $_.CommandLine;
    started = $_.CreationDate.ToUniversalTime().ToString('o') } })`;

/** Where there is no /proc. */
async function fromSystem(): Promise<Found[]> {
  if (process.platform === 'win32') {
    const powershell = windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe');
    const { stdout } = await run(powershell, ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_AGENTS], {
      env: childEnvironment(),
      timeout: TIMEOUT_MS,
      windowsHide: true,
    });
    return parseWindows(stdout);
  }
  const env = childEnvironment();
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,lstart=,comm='], { env });
  const { stdout: args } = await run('ps', ['-axww', '-o', 'pid=,args='], { env });
  return parsePs(stdout, args);
}

/** `ps -o pid=,lstart=,comm=` (the time in the local zone) and `ps -o pid=,args=`. */
export function parsePs(processes: string, commandLines: string): Found[] {
  const args = new Map(
    [...commandLines.matchAll(/^\s*(\d+)\s+(.*)$/gm)].map(([, pid, line = '']) => [Number(pid), line]),
  );
  const lines = processes.matchAll(
    /^\s*(\d+)\s+(\w{3}\s+\w{3}\s+\d+\s+\d\d:\d\d:\d\d\s+\d{4})\s+(\/.*?)\s*$/gm,
  );
  return [...lines].map(([, pid, started = '', executable = '']) => ({
    pid: Number(pid),
    executable,
    startedMs: Date.parse(started),
    args: (args.get(Number(pid)) ?? '').slice(executable.length).trim().split(/\s+/),
  }));
}

interface WindowsRow {
  pid: number;
  executable: string | null;
  args: string | null;
  started: string;
}

/** An array, or, of one process, an object: by the version of PowerShell. */
export function parseWindows(json: string): Found[] {
  const parsed: WindowsRow | WindowsRow[] | null = json.trim() === '' ? null : JSON.parse(json);
  const rows = Array.isArray(parsed) ? parsed : [parsed].filter((row) => row !== null);
  return rows.flatMap(({ pid, executable, args, started }) =>
    executable === null
      ? []
      : [{ pid, executable, startedMs: Date.parse(started), args: (args ?? '').split(/\s+/).slice(1) }],
  );
}
