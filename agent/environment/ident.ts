import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { release, type } from 'node:os';
import { promisify } from 'node:util';
import { childEnvironment } from '../../platform/machine/child-environment.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;
/** The result is cached until this file changes, as in an upgrade of the distribution. */
const RELEASE_FILE = '/etc/os-release';

/** Returns a function that detects name and release of the system, as MIG writes them: saved targets still match. */
export function createIdentDetector(): () => Promise<string> {
  let known: { changedMs: number; ident: string } | undefined;
  return async () => {
    const changedMs = changedAt(RELEASE_FILE);
    if (known?.changedMs !== changedMs) known = { changedMs, ident: await detectIdent() };
    return known.ident;
  };
}

async function detectIdent(): Promise<string> {
  if (process.platform === 'darwin') return (await macIdent()) ?? `${type()} ${release()}`;
  if (process.platform === 'win32') return (await windowsIdent()) ?? `${type()} ${release()}`;
  return (
    (await lsbIdent()) ??
    issueIdent(read('/etc/issue')) ??
    osReleaseIdent(read(RELEASE_FILE)) ??
    `${type()} ${release()}`
  );
}

async function lsbIdent(): Promise<string | undefined> {
  const text = await output('lsb_release', ['-i', '-r', '-c', '-s']);
  return text?.trim().replaceAll('\n', ' ').replaceAll('"', '');
}

/** The first line of /etc/issue, without the escapes that a login prompt expands. */
export function issueIdent(text: string): string | undefined {
  const line = (text.split('\n', 1)[0] ?? '').replace(/\\[a-zA-Z]/g, '').trim();
  return line.length > 3 ? line : undefined;
}

export function osReleaseIdent(text: string): string | undefined {
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(text)?.[1] || undefined;
}

async function macIdent(): Promise<string | undefined> {
  const text = await output('system_profiler', ['SPSoftwareDataType']);
  const value = (key: string) => new RegExp(`${key}: (.*)`).exec(text ?? '')?.[1]?.trim();
  const [system, kernel] = [value('System Version'), value('Kernel Version')];
  return system && kernel ? `${system} ${kernel}` : undefined;
}

async function windowsIdent(): Promise<string | undefined> {
  const command =
    '(Get-CimInstance Win32_OperatingSystem | ForEach-Object { "$($_.Caption) $($_.Version)" })';
  const powershell = windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe');
  return (await output(powershell, ['-NoProfile', '-Command', command]))?.trim();
}

async function output(program: string, args: string[]): Promise<string | undefined> {
  try {
    const options = { timeout: TIMEOUT_MS, windowsHide: true, env: childEnvironment() };
    return (await run(program, args, options)).stdout || undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function changedAt(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
