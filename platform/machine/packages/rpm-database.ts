import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseDamaged, type DatabaseFile, type Step, withDatabase } from './database-file.ts';
import type { InstalledPackage } from './installed-package.ts';
import { readBerkeley } from './rpm-berkeley.ts';
import { parseRpmHeader } from './rpm-header.ts';
import { readNdb } from './rpm-ndb.ts';
import { readSqlite } from './rpm-sqlite.ts';

const FOLDERS = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const FORMATS: readonly { name: string; read(file: DatabaseFile): Generator<Step> }[] = [
  { name: 'rpmdb.sqlite', read: readSqlite },
  { name: 'Packages.db', read: readNdb },
  { name: 'Packages', read: readBerkeley },
];

/** The databases of rpm below a root, by their real paths. A system has one, or one and its copy for images. */
export function findRpmDatabases(root: string): string[] {
  const paths = FOLDERS.flatMap((folder) => FORMATS.map(({ name }) => join(root, folder, name)));
  return [...new Set(paths.filter(isFilled).map((path) => realpathSync(path)))];
}

function isFilled(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size > 0;
}

/**
 * The packages of a database of rpm, without rpm itself; undefined now and then while nothing was found. Throws
 * DatabaseDamaged, after the packages before the damage.
 */
export function* readRpmDatabase(path: string): Generator<InstalledPackage | undefined> {
  const format = FORMATS.find(({ name }) => path.endsWith(`/${name}`));
  if (!format) throw new DatabaseDamaged('its name is not one of rpm');
  let unreadable = 0;
  for (const header of withDatabase(path, (file) => format.read(file))) {
    const found = header && parseRpmHeader(header);
    if (header && !found) unreadable++;
    yield found;
  }
  if (isFilled(`${path}-wal`))
    throw new DatabaseDamaged('its latest changes are in its log, which was not read');
  if (unreadable > 0) throw new DatabaseDamaged(`${unreadable} of its packages cannot be read`);
}
