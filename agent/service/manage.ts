import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { childEnvironment } from '../../platform/machine/child-environment.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import type { CommandLine, Service } from './service.ts';
import { protectFolders } from './windows-acl.ts';

const TIMEOUT_MS = 60_000;

/** Writes, enables and starts the service; replaces an earlier one of the same name. */
export function installService(service: Service, { start }: { start: boolean }): void {
  if (isInstalled(service)) removeService(service);
  for (const { path, content, mode } of service.files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, content, { mode });
    renameSync(`${path}.new`, path);
  }
  for (const { path, target } of service.links ?? []) {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }
  for (const command of [...service.reload, ...service.enable]) run(command);
  if (start) for (const command of service.start) run(command);
}

/** Restricts folders to the system and administrators. Does nothing for a user who is neither. */
export function protectWindowsFolders(folders: readonly string[]): void {
  if (!isElevated()) return;
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const { needed, tried } = protectFolders(folders);
  for (const command of needed) run(command);
  for (const command of tried) tryRun(command);
}

/** Whether the integrity level is that of an elevated administrator ("high") or of the system. */
function isElevated(): boolean {
  return /S-1-16-(12288|16384)/.test(run([windowsProgram('whoami.exe'), '/groups', '/fo', 'csv', '/nh']));
}

/** Stops and removes the service, if there is one. */
export function removeService(service: Service): void {
  for (const command of [...service.stop, ...service.disable]) tryRun(command);
  for (const { path } of [...service.files, ...(service.links ?? [])]) rmSync(path, { force: true });
  for (const command of service.reload) tryRun(command);
}

export function isInstalled({ files }: Service): boolean {
  return files.every(({ path }) => existsSync(path) && lstatSync(path).isFile());
}

export function isRunning(service: Service): boolean {
  return tryRun(service.status);
}

function run([program, ...args]: CommandLine): string {
  try {
    return execFileSync(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      windowsHide: true,
      env: childEnvironment(),
    }).toString();
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: Buffer; message: string };
    const why = stderr?.toString().trim() || message;
    throw new MigError('internal', `${[program, ...args].join(' ')}: ${why}`, { cause });
  }
}

function tryRun(command: CommandLine): boolean {
  try {
    run(command);
    return true;
  } catch {
    return false;
  }
}
