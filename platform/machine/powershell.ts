import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment.ts';
import { windowsProgram } from './windows-program.ts';

const run = promisify(execFile);
const UTF8 = '[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false;';

/**
 * Returns what a script prints. It is for PowerShell 5.1, which every Windows has. Rejects when it fails, takes too long
 * or prints too much.
 */
export async function runPowershell(
  script: string,
  { timeoutMs, maxBytes = 1024 * 1024 }: { timeoutMs: number; maxBytes?: number },
): Promise<string> {
  const powershell = windowsProgram('WindowsPowerShell\\v1.0\\powershell.exe');
  const args = ['-NoProfile', '-NonInteractive', '-Command', UTF8 + script];
  const { stdout } = await run(powershell, args, {
    env: childEnvironment(),
    timeout: Math.max(1, Math.ceil(timeoutMs)),
    maxBuffer: maxBytes,
    windowsHide: true,
  });
  return stdout;
}
