import { MigError } from '../../contract/errors.ts';
import type { User } from '../../platform/machine/users.ts';
import { listDarwinEntries } from './darwin/list-entries.ts';
import type { Entry } from './entry.ts';
import { listLinuxEntries } from './linux/list-entries.ts';
import type { Kind } from './schema.ts';
import { createFiles, type FilesReport } from './unix/files.ts';
import { listWindowsEntries } from './windows/list-entries.ts';

/** Where to look. */
export interface Place {
  /** Go's name of the operating system. */
  system: string;
  users: readonly User[];
  /** The code of the error when the users could not be read. */
  unreadCode?: string;
  /** The folder that all paths are in: `/` but for tests. */
  root?: string;
  /** The time in which programs of the system must end. */
  leftMs: number;
}

/** The kinds that the module finds on each system. */
const KINDS_OF: Readonly<Record<string, readonly Kind[]>> = {
  linux: ['systemd', 'timer', 'cron', 'at', 'init', 'profile', 'ssh-key', 'kernel-module', 'preload'],
  darwin: ['launchd', 'cron', 'at', 'profile', 'ssh-key', 'preload'],
  windows: ['run-key'],
};

export function isFoundOn(system: string, kind: string): boolean {
  return (KINDS_OF[system] ?? []).some((one) => one === kind);
}

/** Everything that starts by itself, one after another: only what matches is kept. Throws where the module does not work. */
export function listEntriesOf(
  { system, users, root, leftMs }: Place,
  report: FilesReport,
): Iterable<Entry> | AsyncIterable<Entry> {
  switch (system) {
    case 'linux':
      return listLinuxEntries(createFiles(report, root), users);
    case 'darwin':
      return listDarwinEntries(createFiles(report, root), { users, report });
    case 'windows':
      return listWindowsEntries({ onDenied: (key) => report.onUnread(key, 'EACCES') }, { leftMs });
    default:
      throw new MigError('unavailable', `not supported on ${system}`);
  }
}
