import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCli } from '../dev/build/build-cli.ts';
import { nativeName, selectTarget } from '../dev/build/targets.ts';
import { buildPrograms } from '../dev/mig-programs/build-programs.ts';
import { findSources } from '../dev/mig-programs/find-sources.ts';
import { createMigUser } from '../dev/mig-programs/mig-user.ts';
import { makeNpmPackage } from '../dev/release/npm/npm-package.ts';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed } from '../dev/simulation/testbed.ts';
import { loadPeople } from '../dev/stack/seed.ts';
import { report } from '../dev/terminal.ts';
import { median, round } from './measure/statistics.ts';
import { timeCommand } from './measure/time-command.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const RUNS = 21;
const AGENTS = 100;
const TARGET = "name LIKE 'bench-%'";
const SOURCES = fileURLToPath(new URL('../cli/mig.js', import.meta.url));

type GoProgram = 'mig' | 'mig-agent-search';

/** A program, and how it is started: MIG's own, or one of the ways to have ours. */
interface Way {
  name: string;
  start: readonly string[];
}

interface Case {
  what: string;
  /** Empty where MIG's programs cannot be built. */
  mig: readonly Way[];
  ours: readonly Way[];
}

/**
 * How long whole processes of `mig` take, from the npm package, as a single executable and from the sources, beside MIG's
 * own programs on the same stack. All run in turn, so that a busy moment of the machine hits each.
 */
export async function benchStart({ runs = RUNS }: BenchValues): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-bench-start-'));
  try {
    const ours = await buildOurs(folder);
    const go = buildTheirs(folder);
    await using testbed = await openTestbed();
    await using _fleet = await openRegisteredFleet(testbed, {
      count: AGENTS,
      prefix: 'bench',
      connections: 1,
    });
    const people = await loadPeople(join(testbed.home, 'keys'));
    const user = await createMigUser(people, { who: 'bob', folder, apiUrl: testbed.stack.api.url });
    const results = [];
    for (const one of casesOf({ ours, go, migrc: user.migrc }))
      results.push(...(await measure(one, { runs, home: user.home })));
    writeResults('start', results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds and installs `mig` in every way that docs/installing.md describes, and has the one of the sources. */
async function buildOurs(folder: string): Promise<Way[]> {
  report('building mig');
  const archive = join(folder, 'mig.tgz');
  await makeNpmPackage(archive, join(folder, 'work'));
  const installed = join(folder, 'installed');
  mkdirSync(installed);
  const options = ['--offline', '--no-audit', '--no-fund', '--silent', '--prefix', installed];
  execFileSync('npm', ['install', ...options, archive], { cwd: installed });
  const executable = join(folder, 'mig');
  buildCli(selectTarget(nativeName()), executable);
  return [
    {
      name: 'npm package',
      start: [process.execPath, join(installed, 'node_modules', 'mig', 'dist', 'mig.js')],
    },
    { name: 'executable', start: [executable] },
    { name: 'sources', start: [process.execPath, SOURCES] },
    { name: 'node alone', start: [process.execPath, '-e', '0'] },
  ];
}

function buildTheirs(folder: string): Record<GoProgram, string> | undefined {
  const sources = findSources(undefined);
  if ('missing' in sources) {
    report(`MIG's programs are not measured: ${sources.missing}`);
    return undefined;
  }
  report("building MIG's programs");
  return buildPrograms(['mig', 'mig-agent-search'], { ...sources, folder });
}

function casesOf({
  ours,
  go,
  migrc,
}: {
  ours: readonly Way[];
  go: Record<GoProgram, string> | undefined;
  migrc: string;
}): Case[] {
  const theirs = (name: GoProgram, args: readonly string[]): Way[] =>
    go === undefined ? [] : [{ name: `MIG's ${name}`, start: [go[name], ...args] }];
  const withArgs = (args: readonly string[]) =>
    ours.map(({ name, start }) => ({ name, start: name === 'node alone' ? start : [...start, ...args] }));
  return [
    { what: 'version', mig: theirs('mig', ['-V']), ours: withArgs(['--version']) },
    {
      what: `agents search, ${AGENTS} agents`,
      mig: theirs('mig-agent-search', ['-c', migrc, '-t', TARGET]),
      ours: withArgs(['agents', 'search', '-c', migrc, '-t', TARGET, '-format', 'mig']),
    },
  ];
}

async function measure(
  { what, mig, ours }: Case,
  { runs, home }: { runs: number; home: string },
): Promise<Record<string, unknown>[]> {
  const ways = [...mig, ...ours].map((way) => ({ ...way, seconds: [] as number[] }));
  // The first round warms up: files come into memory, and the sources are bundled.
  for (let run = 0; run <= runs; run++) {
    for (const { name, start, seconds } of ways) {
      const took = await timeCommand(start, { HOME: home, PATH: process.env.PATH ?? '' });
      if (took.status !== 0) throw new Error(`${what}: ${name} ended with ${took.status}: ${took.stderr}`);
      if (run > 0) seconds.push(took.seconds);
    }
  }
  const migSeconds = mig.length === 0 ? undefined : median(ways[0]?.seconds ?? []);
  return ways.map(({ name, seconds }) => ({
    what,
    program: name,
    seconds: round(median(seconds), 3),
    ...(migSeconds === undefined ? {} : { ratioToMig: round(median(seconds) / migSeconds) }),
  }));
}
