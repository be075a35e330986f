import { win32 } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import type { CommandLine } from './service.ts';

const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';
const EVERYTHING_BELOW = '(OI)(CI)F';

/** The commands that restrict folders to the system and administrators, as data like a service. */
export interface Protection {
  /** Must succeed. */
  needed: CommandLine[];
  /** May fail, as in an empty folder. */
  tried: CommandLine[];
}

/**
 * Any user may create folders in `C:\`, and may have created ours. First the folder itself changes owner and is restricted;
 * then its content changes owner, and inherited entries replace all others.
 */
export function protectFolders(folders: readonly string[]): Protection {
  const icacls = windowsProgram('icacls.exe');
  const outermost = [...new Set(folders.map((folder) => win32.resolve(folder)))].filter(
    (folder, _, all) => !all.some((other) => folder !== other && isBelow(folder, other)),
  );
  const root = outermost.find((folder) => win32.parse(folder).root === folder);
  if (root !== undefined) {
    throw new MigError('config_invalid', `${root}: an agent must not have a whole drive as its folder`);
  }
  return {
    needed: outermost.flatMap((folder): CommandLine[] => [
      [icacls, folder, '/setowner', ADMINISTRATORS, '/Q'],
      [icacls, folder, '/reset', '/Q'],
      [
        icacls,
        folder,
        '/inheritance:r',
        '/grant:r',
        `${SYSTEM}:${EVERYTHING_BELOW}`,
        '/grant:r',
        `${ADMINISTRATORS}:${EVERYTHING_BELOW}`,
        '/Q',
      ],
    ]),
    tried: outermost.flatMap((folder): CommandLine[] => [
      [icacls, win32.join(folder, '*'), '/setowner', ADMINISTRATORS, '/T', '/C', '/L', '/Q'],
      [icacls, win32.join(folder, '*'), '/reset', '/T', '/C', '/L', '/Q'],
    ]),
  };
}

function isBelow(folder: string, other: string): boolean {
  return folder.toLowerCase().startsWith(`${other.toLowerCase().replace(/\\$/, '')}\\`);
}
