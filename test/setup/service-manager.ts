import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * Works like systemd with Restart=always: keeps one process running in the foreground, restarts it a second after it has
 * ended, and first kills everything that it left in its control group.
 */
const [command = '', logFile = '', cgroup = '', ...args] = process.argv.slice(2);
const RESTART_MS = 1_000;
const HIERARCHIES = ['pids', 'freezer', 'unified', ''].map((name) => join('/sys/fs/cgroup', name));

let child: ChildProcess | undefined;
let isOver = false;

function start(): void {
  const log = openSync(logFile, 'a');
  child = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
  if (cgroup !== '' && child.pid !== undefined) for (const folder of groups()) tryEnter(folder, child.pid);
  child.once('error', (error) => appendFileSync(logFile, `service manager: ${error.message}\n`));
  child.once('exit', () => {
    for (const pid of groups().flatMap(members)) tryKill(pid);
    if (isOver) end();
    else setTimeout(start, RESTART_MS);
  });
}

process.on('SIGTERM', () => {
  isOver = true;
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  else end();
});

function end(): void {
  for (const folder of groups()) tryRemove(folder);
  process.exit();
}

function groups(): string[] {
  if (cgroup === '') return [];
  return HIERARCHIES.filter((root) => existsSync(join(root, 'cgroup.procs'))).map((root) =>
    join(root, cgroup),
  );
}

function tryEnter(folder: string, pid: number): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  } catch {
    // not a hierarchy that takes processes
  }
}

function members(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // never made
  }
}

start();
