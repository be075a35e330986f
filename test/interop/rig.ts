import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRegisteredFleet } from '../../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed } from '../../dev/simulation/testbed.ts';
import type { KeyFiles } from '../../dev/stack/keys.ts';
import { loadPeople, type People } from '../../dev/stack/seed.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import { writeGnupgFolder } from './gnupg-folder.ts';
import type { Program } from './programs.ts';
import { type ProgramRun, type RunOptions, runGoProgram } from './run-go-program.ts';

/** A running platform with MIG's own programs and their configurations. */
export interface Rig extends Resources {
  testbed: Testbed;
  people: People;
  executables: Readonly<Record<Program, string>>;
  /** An empty folder for the files of checks. */
  folder: string;
  bob: MigUser;
  john: MigUser;
  /** Makes something once for all checks that need it. */
  once<T>(make: (rig: Rig) => Promise<T>): Promise<T>;
  run(program: Program, args: readonly string[], options?: Partial<RunOptions>): Promise<ProgramRun>;
}

/** An investigator as MIG's programs know one: a home folder with `.migrc` and keyrings. */
interface MigUser {
  home: string;
  migrc: string;
  gnupg: string;
  key: KeyFiles;
}

/** Agents in the built executable. */
export const REAL_AGENTS = ['agent-1', 'agent-2'] as const;
/** Agents that find something in each question, except the last, which is never there. */
export const SIMULATED = { prefix: 'sim', count: 45 } as const;

export async function openRig(executables: Readonly<Record<Program, string>>, folder: string): Promise<Rig> {
  const resources = createResources();
  const testbed = resources.use(await openTestbed({ agents: REAL_AGENTS.length }));
  const { count, prefix } = SIMULATED;
  resources.use(await openRegisteredFleet(testbed, { prefix, count, mix: { offline: 1 / count } }));
  const people = await loadPeople(join(testbed.home, 'keys'));
  const userOf = (who: 'bob' | 'john') => createUser(people, { who, folder, apiUrl: testbed.stack.api.url });
  const made = new Map<unknown, Promise<unknown>>();
  const rig: Rig = Object.assign(resources, {
    testbed,
    people,
    executables,
    folder,
    bob: await userOf('bob'),
    john: await userOf('john'),
    once: <T>(make: (rig: Rig) => Promise<T>) => {
      const known = (made.get(make) ?? make(rig)) as Promise<T>;
      made.set(make, known);
      return known;
    },
    run: (program: Program, args: readonly string[], options: Partial<RunOptions> = {}) => {
      const env = { ...environment(rig.bob.home), ...options.env };
      return runGoProgram(executables[program], args, { ...options, env });
    },
  });
  return rig;
}

/** Nothing of this machine but the PATH. */
function environment(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', TERM: 'dumb' };
}

async function createUser(
  people: People,
  { who, folder, apiUrl }: { who: 'bob' | 'john'; folder: string; apiUrl: string },
): Promise<MigUser> {
  const home = join(folder, who);
  const gnupg = join(home, '.gnupg');
  const migrc = join(home, '.migrc');
  const key = people[who];
  mkdirSync(home, { recursive: true, mode: 0o700 });
  await writeGnupgFolder(gnupg, { secret: key, known: Object.values(people) });
  writeMigConfiguration(migrc, { apiUrl, gnupg, keyId: key.fingerprint });
  return { home, migrc, gnupg, key };
}

/** Writes a `.migrc` as MIG's programs read it, with lines added to the section [gpg]. */
export function writeMigConfiguration(
  file: string,
  {
    apiUrl,
    gnupg,
    keyId,
    more = [],
  }: { apiUrl: string; gnupg: string; keyId: string; more?: readonly string[] },
): void {
  const lines = [
    '[api]',
    `  url = "${apiUrl}"`,
    '[gpg]',
    `  home = "${gnupg}"`,
    `  keyid = "${keyId}"`,
    // The discard service: MIG's console ignores it, and must not ask a server of the internet either.
    '  keyserver = "http://127.0.0.1:9"',
    ...more.map((line) => `  ${line}`),
    '[targets]',
    `  macro = allonline:status='online'`,
    `  macro = first:name='${REAL_AGENTS[0]}'`,
    '',
  ];
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
}
