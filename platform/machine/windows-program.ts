import { win32 } from 'node:path';

/**
 * The full path of a program of Windows itself. Windows searches the working folder for a bare name first: an elevated agent
 * would run whatever another user put there.
 */
export function windowsProgram(path: string, systemRoot = windowsFolder()): string {
  return win32.join(systemRoot, 'System32', path);
}

function windowsFolder(): string {
  // biome-ignore lint/style/noProcessEnv: modules, too, start programs, and may not import the platform's configuration
  return process.env.SystemRoot ?? 'C:\\Windows';
}
