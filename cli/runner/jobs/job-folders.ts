import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unreadable } from '../../../platform/files/read-text.ts';

/** The folders of jobs by name. As in MIG, links to folders are none. */
export function listJobFolders(runnersFolder: string): { name: string; folder: string }[] {
  try {
    return readdirSync(runnersFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ name, folder: join(runnersFolder, name) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(runnersFolder, cause);
  }
}
