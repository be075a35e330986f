import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { childEnvironment } from '../../platform/machine/child-environment.ts';

const TIMEOUT_MS = 5_000;

/** Prefers the kernel's name if that has a domain, then the full name that begins with it (spec/agent.md#environment). */
export async function detectHostName(configured: string | undefined): Promise<string> {
  if (configured) return configured;
  const kernelName = hostname();
  if (kernelName.includes('.') || process.platform === 'win32') return kernelName;
  try {
    const flag = process.platform === 'darwin' ? '-f' : '--fqdn';
    const { stdout } = await promisify(execFile)('hostname', [flag], {
      timeout: TIMEOUT_MS,
      env: childEnvironment(),
    });
    return fullName(kernelName, stdout.trim());
  } catch {
    return kernelName;
  }
}

export function fullName(kernelName: string, resolved: string): string {
  const isSame = kernelName === '' || resolved.split('.', 1)[0]?.toLowerCase() === kernelName.toLowerCase();
  return isSame && resolved !== '' ? resolved : kernelName;
}
