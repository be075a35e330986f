import type { Entry } from '../entry.ts';
import { fileEntry, fileName } from './file-entry.ts';
import type { ConfigFile, Files } from './files.ts';
import { meaningfulLines } from './lines.ts';

/** The folders of a system. */
interface JobFolders {
  /** With a crontab for each user. */
  spools: readonly string[];
  /** With scripts that run-parts starts. */
  scriptFolders: readonly string[];
  /** With a file for each job of at. */
  atSpools: readonly string[];
}

/** The jobs of cron, anacron and at: one entry for each file and user (crontab(5)). */
export function* listJobs(
  files: Files,
  nameOf: (uid: number) => string,
  { spools, scriptFolders, atSpools }: JobFolders,
): Generator<Entry> {
  for (const path of ['/etc/crontab', ...children(files, '/etc/cron.d')]) {
    yield* jobsOf(files.read(path), parseSystemCrontab);
  }
  for (const path of spools.flatMap((folder) => children(files, folder))) {
    const user = fileName(path);
    yield* jobsOf(files.read(path), (text) => parseUserCrontab(text, user));
  }
  yield* jobsOf(files.read('/etc/anacrontab'), parseAnacrontab);
  for (const path of scriptFolders.flatMap((folder) => children(files, folder)))
    yield* scriptOf(files.read(path));
  for (const path of atSpools.flatMap((folder) => children(files, folder))) {
    const file = files.read(path);
    if (file) yield fileEntry(file, { kind: 'at', user: nameOf(file.uid), commands: parseAtJob(file.text) });
  }
}

function children(files: Files, folder: string): string[] {
  return files.list(folder).map((name) => `${folder}/${name}`);
}

function* jobsOf(file: ConfigFile | undefined, parse: (text: string) => Job[]): Generator<Entry> {
  if (!file) return;
  const byUser = new Map<string, string[]>();
  for (const { user, command } of parse(file.text)) {
    const commands = byUser.get(user) ?? [];
    commands.push(command);
    byUser.set(user, commands);
  }
  for (const [user, commands] of byUser) yield fileEntry(file, { kind: 'cron', user, commands });
}

/** run-parts starts executable files whose names have no dot (run-parts(8)). */
function* scriptOf(file: ConfigFile | undefined): Generator<Entry> {
  if (!file) return;
  const entry = fileEntry(file, { kind: 'cron', user: 'root', commands: meaningfulLines(file.text) });
  yield { ...entry, isEnabled: file.isExecutable && /^[\w-]+$/.test(entry.name) };
}

interface Job {
  user: string;
  command: string;
}

/** With the flag `s`, so that the rest always matches: a user's line of a megabyte must not take quadratic time. */
const TIMES = /^(?:@\w+|(?:\S+\s+){4}\S+)\s+(.*)$/s;

/** Parses a crontab of the system, which has a user before each command. */
export function parseSystemCrontab(text: string): Job[] {
  return commandsOf(text).flatMap((rest) => {
    const [, user, command] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
    return user === undefined || command === undefined ? [] : [{ user, command }];
  });
}

export function parseUserCrontab(text: string, user: string): Job[] {
  return commandsOf(text).map((command) => ({ user, command }));
}

/** What follows the times of each job. Lines that set a variable have none. */
function commandsOf(crontab: string): string[] {
  return meaningfulLines(crontab)
    .filter((line) => !/^[A-Za-z_]\w*\s*=/.test(line))
    .flatMap((line) => TIMES.exec(line)?.[1] ?? []);
}

/** `period delay name command` (anacrontab(5)). */
export function parseAnacrontab(text: string): Job[] {
  return meaningfulLines(text).flatMap((line) => {
    const command = /^[@\w]+\s+\d+\s+\S+\s+(.*)$/s.exec(line)?.[1];
    return command === undefined ? [] : [{ user: 'root', command }];
  });
}

/** A job of at is a script that first restores the environment: those lines are no commands. */
export function parseAtJob(text: string): string[] {
  return meaningfulLines(text).filter((line) => !/^\w+=.*; export \w+$/.test(line));
}
