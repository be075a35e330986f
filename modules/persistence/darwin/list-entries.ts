import type { User } from '../../../platform/machine/users.ts';
import type { Entry } from '../entry.ts';
import { listJobs } from '../unix/cron.ts';
import type { Files, FilesReport } from '../unix/files.ts';
import { createNameOf, type Home } from '../unix/homes.ts';
import { listKeyFiles, listProfiles } from '../unix/logins.ts';
import { listLaunchdJobs } from './launchd.ts';

const HOMES = '/Users';
const CRON = { spools: ['/private/var/at/tabs'], scriptFolders: [], atSpools: ['/private/var/at/jobs'] };

/** What starts by itself on macOS, one after another. */
export function* listDarwinEntries(
  files: Files,
  { users, report }: { users: readonly User[]; report: FilesReport },
): Generator<Entry> {
  const homes = homesOf(files);
  yield* listLaunchdJobs(files, { homes, report });
  yield* listJobs(files, createNameOf(users), CRON);
  yield* listProfiles(files, homes);
  yield* listKeyFiles(files, homes);
}

/** People are in a directory service, not in /etc/passwd; each has a folder with the name of the account. */
function homesOf(files: Files): Home[] {
  const names = files.list(HOMES).filter((name) => !name.startsWith('.') && name !== 'Shared');
  return [
    { path: '/var/root', user: 'root' },
    ...names.map((name) => ({ path: `${HOMES}/${name}`, user: name })),
  ];
}
