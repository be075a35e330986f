import { join } from 'node:path';
import { createMigUser, type MigUser } from '../../dev/mig-programs/mig-user.ts';
import type { Program } from '../../dev/mig-programs/programs.ts';
import { openRegisteredFleet } from '../../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed } from '../../dev/simulation/testbed.ts';
import { loadPeople, type People } from '../../dev/stack/seed.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
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
  const userOf = (who: 'bob' | 'john') =>
    createMigUser(people, { who, folder, apiUrl: testbed.stack.api.url });
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
