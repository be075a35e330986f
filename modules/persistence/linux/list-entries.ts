import type { User } from '../../../platform/machine/users.ts';
import type { Entry } from '../entry.ts';
import { listJobs } from '../unix/cron.ts';
import type { Files } from '../unix/files.ts';
import { createNameOf, homesOf } from '../unix/homes.ts';
import { listKeyFiles, listProfiles } from '../unix/logins.ts';
import { listInitScripts } from './init.ts';
import { listKernelModules, listPreloads } from './kernel.ts';
import { listUnits } from './systemd.ts';

const CRON = {
  spools: ['/var/spool/cron/crontabs', '/var/spool/cron', '/var/spool/cron/tabs', '/etc/crontabs'],
  scriptFolders: ['hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((name) => `/etc/cron.${name}`),
  atSpools: ['/var/spool/cron/atjobs', '/var/spool/at'],
};

/** What starts by itself on Linux, one after another. */
export function* listLinuxEntries(files: Files, users: readonly User[]): Generator<Entry> {
  const homes = homesOf(users);
  yield* listPreloads(files);
  yield* listKernelModules(files);
  yield* listJobs(files, createNameOf(users), CRON);
  yield* listInitScripts(files);
  yield* listUnits(files, homes);
  yield* listProfiles(files, homes);
  yield* listKeyFiles(files, homes);
}
