import { win32 } from 'node:path';

/**
 * A program of Windows itself, by its whole path below `System32`: a bare name would be looked for in the working folder
 * first, and an elevated agent would run what somebody put there.
 */
export function windowsProgram(path: string, systemRoot = windowsFolder()): string {
  return win32.join(systemRoot, 'System32', path);
}

function windowsFolder(): string {
  // biome-ignore lint/style/noProcessEnv: modules, too, start programs, and may not import the platform's configuration
  return process.env.SystemRoot ?? 'C:\\Windows';
}
