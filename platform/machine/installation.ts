import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The file extension of executables. */
export const EXECUTABLE_EXTENSION = process.platform === 'win32' ? '.exe' : '';

/** The installed versions of the agent, side by side in one folder. */
interface Installation {
  /** The folder of all installed versions. */
  folder: string;
  /** The path of this executable. */
  own: string;
  /** The path without a version: services and operators start the agent by it. */
  link: string;
  /** The path to start this executable by: the link, if it points to this executable. */
  entry: string;
  /** Returns the path of a version's executable. */
  of(version: string): string;
}

export function installation(): Installation {
  const own = realpathSync(process.execPath);
  const folder = dirname(own);
  const link = join(folder, `mig-agent${EXECUTABLE_EXTENSION}`);
  return {
    folder,
    own,
    link,
    entry: pointsTo(link, own) ? link : own,
    of: (version) => join(folder, `mig-agent-${version}${EXECUTABLE_EXTENSION}`),
  };
}

function pointsTo(link: string, file: string): boolean {
  try {
    return realpathSync(link) === file;
  } catch {
    return false;
  }
}
