import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of executables, on this system. */
export const EXECUTABLE_EXTENSION = process.platform === 'win32' ? '.exe' : '';

/** The folder that all versions of the agent lie in, side by side. */
interface Installation {
  folder: string;
  /** This executable. */
  own: string;
  /** The name without a version, by which services and operators start the agent. */
  link: string;
  /** The name to start this executable by: the link where it points here. */
  entry: string;
  /** The executable of a version. */
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
