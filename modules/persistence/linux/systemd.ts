import { basename } from 'node:path';
import type { Entry } from '../entry.ts';
import type { ConfigFile, Files } from '../unix/files.ts';
import type { Home } from '../unix/homes.ts';

const SYSTEM_FOLDERS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/run/systemd/transient',
  '/run/systemd/generator',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const USER_FOLDERS = ['/etc/systemd/user', '/usr/local/lib/systemd/user', '/usr/lib/systemd/user'];
const HOME_FOLDERS = ['.config/systemd/user', '.local/share/systemd/user'];
const UNIT = /\.(service|timer|socket|path)$/;
const DROP_IN_FOLDER = /\.(service|timer|socket|path)\.d$/;
const WANTS_FOLDER = /\.(wants|requires|upholds)$/;

/** The units of systemd and their drop-ins, those of all users included (systemd.unit(5)). */
export function* listUnits(files: Files, homes: readonly Home[]): Generator<Entry> {
  yield* unitsOf({ folders: SYSTEM_FOLDERS, user: 'root' }, files);
  yield* unitsOf({ folders: USER_FOLDERS, user: '' }, files);
  for (const { path, user } of homes) {
    yield* unitsOf({ folders: HOME_FOLDERS.map((folder) => `${path}/${folder}`), user }, files);
  }
}

function* unitsOf(
  { folders, user }: { folders: readonly string[]; user: string },
  allFiles: Files,
): Generator<Entry> {
  const files = allFiles.withinLimit();
  const listed = folders.map((folder) => ({ folder, names: files.list(folder) }));
  const wanted = new Set(
    listed.flatMap(({ folder, names }) =>
      names.filter((name) => WANTS_FOLDER.test(name)).flatMap((name) => files.list(`${folder}/${name}`)),
    ),
  );
  const context = { user, wanted };
  for (const { folder, names } of listed) {
    for (const name of names) {
      if (UNIT.test(name)) yield* entriesOf(files.read(`${folder}/${name}`), name, context);
      if (!DROP_IN_FOLDER.test(name)) continue;
      for (const part of files.list(`${folder}/${name}`)) {
        yield* entriesOf(files.read(`${folder}/${name}/${part}`), name.slice(0, -2), context);
      }
    }
  }
}

/** A unit, and its preloaded library as an entry of its own. */
function* entriesOf(
  file: ConfigFile | undefined,
  unit: string,
  { user, wanted }: { user: string; wanted: ReadonlySet<string> },
): Generator<Entry> {
  if (!file) return;
  const { path, mtimeMs, sha256 } = file;
  const parsed = parseUnit(file.text);
  const entry = {
    name: unit,
    path,
    user: parsed.user ?? user,
    isEnabled: isWanted(unit, wanted),
    mtimeMs,
    sha256,
  };
  yield { ...entry, kind: unit.endsWith('.timer') ? 'timer' : 'systemd', commands: parsed.commands };
  if (parsed.preloads.length > 0) yield { ...entry, kind: 'preload', commands: parsed.preloads };
}

/** A timer or socket starts its service: the service itself is then not wanted by anything. */
function isWanted(unit: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(unit)) return true;
  const [stem = '', type = ''] = splitUnit(unit);
  if (stem.endsWith('@')) return [...wanted].some((name) => name.startsWith(stem) && name.endsWith(type));
  return type === '.service' && ['.timer', '.socket', '.path'].some((other) => wanted.has(stem + other));
}

function splitUnit(unit: string): string[] {
  const dot = unit.lastIndexOf('.');
  return [unit.slice(0, dot), unit.slice(dot)];
}

interface Unit {
  commands: string[];
  /** Libraries of LD_PRELOAD. */
  preloads: string[];
  user: string | undefined;
}

/** Reads the commands of a unit. Signs before a command, such as `-` and `@`, are no part of it (systemd.service(5)). */
export function parseUnit(text: string): Unit {
  const unit: Unit = { commands: [], preloads: [], user: undefined };
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const [, key = '', whole = ''] = /^\s*([A-Za-z]+)\s*=(.*)$/s.exec(line) ?? [];
    const value = whole.trim();
    if (/^Exec(Start|Stop|Reload|Condition)(Pre|Post)?$/.test(key) && value !== '') {
      unit.commands.push(value.replace(/^[-@:+!|]+/, ''));
    }
    if (key === 'User' && value !== '') unit.user = basename(value);
    if (key !== 'Environment') continue;
    const preload = /(?:^|["'\s])LD_PRELOAD=([^"']*)/.exec(value)?.[1];
    if (preload) unit.preloads.push(preload);
  }
  return unit;
}
