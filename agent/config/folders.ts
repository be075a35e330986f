/** The folders of an agent, by platform (spec/agent.md#folders, concepts.rst#registration-process). */
export const FOLDERS = foldersOf(process.platform);

/** The agent's identity, in MIG's format, in the state folder. */
export const IDENTITY_FILE = '.migagtid';
/** The machine that the identity belongs to, in the state folder. MIG's format has no room for it. */
export const BINDING_FILE = '.migagtid.machine';

export interface Folders {
  config: string;
  run: string;
  state: string;
  /** The path that packages and services use. */
  executable: string;
}

export function foldersOf(platform: string): Folders {
  switch (platform) {
    case 'win32':
      return {
        config: 'C:\\mig',
        run: 'C:\\mig',
        state: 'C:\\mig\\state',
        executable: 'C:\\mig\\mig-agent.exe',
      };
    case 'darwin':
      return {
        config: '/etc/mig',
        run: '/Library/Preferences/mig',
        state: '/Library/Application Support/mig',
        executable: '/usr/local/bin/mig-agent',
      };
    default:
      return {
        config: '/etc/mig',
        run: '/var/run/mig',
        state: '/var/lib/mig',
        executable: '/sbin/mig-agent',
      };
  }
}
