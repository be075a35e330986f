import type { Entry } from '../entry.ts';
import type { ConfigFile, Files, FilesReport } from '../unix/files.ts';
import type { Home } from '../unix/homes.ts';
import { parsePlist } from './parse-plist.ts';
import { DamagedPlist, type PlistValue } from './plist-value.ts';

const ROOTS = ['/Library', '/System/Library'];
/** What `launchctl disable` and `enable` wrote. */
const OVERRIDES = '/private/var/db/com.apple.xpc.launchd';

/** Whether jobs are disabled, by label. */
type Overrides = ReadonlyMap<string, boolean>;

interface Folder {
  path: string;
  /** The user of jobs that name none; empty when that is whoever logs in. */
  user: string;
  overridesOf(file: ConfigFile): Overrides;
}

/** The daemons and agents of launchd (launchd.plist(5)). */
export function* listLaunchdJobs(
  files: Files,
  { homes, report }: { homes: readonly Home[]; report: FilesReport },
): Generator<Entry> {
  const system = readOverrides(files, 'disabled.plist');
  const ofUsers = new Map<number, Overrides>();
  const overridesOfOwner = ({ uid }: ConfigFile) => {
    const known = ofUsers.get(uid) ?? readOverrides(files, `disabled.${uid}.plist`);
    ofUsers.set(uid, known);
    return known;
  };
  const folders: Folder[] = [
    ...ROOTS.map((root) => ({ path: `${root}/LaunchDaemons`, user: 'root', overridesOf: () => system })),
    ...ROOTS.map((root) => ({ path: `${root}/LaunchAgents`, user: '', overridesOf: () => NONE })),
    ...homes.map(({ path, user }) => ({
      path: `${path}/Library/LaunchAgents`,
      user,
      overridesOf: overridesOfOwner,
    })),
  ];
  for (const folder of folders) yield* jobsIn(folder, files, report);
}

const NONE: Overrides = new Map();

function readOverrides(files: Files, name: string): Overrides {
  const file = files.read(`${OVERRIDES}/${name}`);
  const labels = file === undefined ? undefined : tryParse(file);
  if (!(labels instanceof Map)) return NONE;
  return new Map(
    [...labels].flatMap(([label, value]) => (typeof value === 'boolean' ? [[label, value]] : [])),
  );
}

function* jobsIn({ path, user, overridesOf }: Folder, files: Files, report: FilesReport): Generator<Entry> {
  for (const name of files.list(path)) {
    const file = name.endsWith('.plist') ? files.read(`${path}/${name}`) : undefined;
    if (!file) continue;
    const parsed = tryParse(file);
    if (!(parsed instanceof Map))
      report.onLimit(`no property list, so that its commands are unknown: ${file.path}`);
    const job = readJob(parsed);
    const label = job.label ?? name.slice(0, -'.plist'.length);
    const entry = {
      name: label,
      path: file.path,
      user: job.user ?? user,
      isEnabled: !(overridesOf(file).get(label) ?? job.isDisabled),
      mtimeMs: file.mtimeMs,
      sha256: file.sha256,
    };
    yield { ...entry, kind: 'launchd', commands: job.commands };
    if (job.libraries.length > 0) yield { ...entry, kind: 'preload', commands: job.libraries };
  }
}

function tryParse({ bytes }: ConfigFile): PlistValue | undefined {
  try {
    return parsePlist(bytes);
  } catch (error) {
    if (error instanceof DamagedPlist) return undefined;
    throw error;
  }
}

interface Job {
  label: string | undefined;
  user: string | undefined;
  isDisabled: boolean;
  commands: string[];
  /** Libraries that are loaded into its programs. */
  libraries: string[];
}

export function readJob(parsed: PlistValue | undefined): Job {
  const job = parsed instanceof Map ? parsed : new Map<string, PlistValue>();
  const variables = job.get('EnvironmentVariables');
  const libraries = variables instanceof Map ? textOf(variables.get('DYLD_INSERT_LIBRARIES')) : undefined;
  return {
    label: textOf(job.get('Label')),
    user: textOf(job.get('UserName')),
    isDisabled: job.get('Disabled') === true,
    commands: commandOf(textOf(job.get('Program')), job.get('ProgramArguments')),
    libraries: libraries === undefined ? [] : [libraries],
  };
}

/** `Program` is what runs when it is there; the first argument is then only the name that it is given. */
function commandOf(program: string | undefined, words: PlistValue | undefined): string[] {
  const given = Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
  const all = program === undefined ? given : [program, ...given.slice(1)];
  return all.length === 0 ? [] : [all.join(' ')];
}

function textOf(value: PlistValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
