import { win32 } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import type { CommandLine } from './service.ts';

const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';
const EVERYTHING_BELOW = '(OI)(CI)F';

/** What makes folders of an agent on Windows the system's and the administrators' alone: data, as services are. */
export interface Protection {
  /** Succeeds where the process may change them. */
  needed: CommandLine[];
  /** Fail where a folder is empty, which does no harm. */
  tried: CommandLine[];
}

/**
 * Everybody may make folders in `C:\`, and so may have made ours. The folder is taken over and closed first; then
 * everything in it loses owner and entries of its own, and has what it inherits.
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
        ...([icacls, folder, '/inheritance:r', '/grant:r', `${SYSTEM}:${EVERYTHING_BELOW}`] as const),
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
