import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { usage } from '../platform/command-line.ts';
import { median, report, round } from './report.ts';
import type { BenchValues } from './values.ts';

const SMALL_FILES = 50_000;
const LARGE_FILES = 8;
const LARGE_BYTES = 112 * 1024 * 1024;
const RUNS = 5;

interface Case {
  what: string;
  search: Record<string, unknown>;
  /** Other programs that answer the same question, given the tree. */
  others: Record<string, (tree: string) => string[]>;
}

const CASES: Case[] = [
  {
    what: 'few names matched',
    search: { names: ['^file-4999[0-9]\\.txt$'] },
    others: { find: (tree) => ['find', tree, '-regex', '.*/file-4999[0-9]\\.txt'] },
  },
  {
    what: 'size',
    search: { sizes: ['>100m'] },
    others: { find: (tree) => ['find', tree, '-size', '+100M'] },
  },
  {
    what: 'content regex',
    search: { contents: ['needle-[0-9]{4}x$'] },
    others: { grep: (tree) => ['grep', '-rlaE', 'needle-[0-9]{4}x$', tree] },
  },
  {
    what: 'three content regexes',
    search: { contents: ['needle-[0-9]{4}x$', '^user[a-z]+:absent', 'password *= *hunter'] },
    others: {
      grep: (tree) => [
        'grep',
        '-rlaE',
        '-e',
        'needle-[0-9]{4}x$',
        '-e',
        '^user[a-z]+:absent',
        '-e',
        'password *= *hunter',
        tree,
      ],
    },
  },
  {
    what: 'sha256 of all',
    search: { sha2: ['0'.repeat(64)] },
    others: { sha256sum: (tree) => ['sh', '-c', `find ${tree} -type f -print0 | xargs -0 sha256sum`] },
  },
  {
    what: 'all 50,000 matched',
    search: { names: ['^file-'], options: { matchlimit: 100_000 } },
    others: { find: (tree) => ['find', tree, '-name', 'file-*', '-printf', '%p %s %m %t\\n'] },
  },
];

/**
 * The file module of the executable, on one core, process start included; in turn with it the usual tools and, with
 * `--mig`, the executable of MIG's own agent.
 */
export async function benchFile({ only, mig }: BenchValues): Promise<void> {
  const wanted = CASES.filter(({ what }) => only === undefined || what.includes(only));
  if (wanted.length === 0) {
    throw usage(`no case holds '${only}'; there are ${CASES.map(({ what }) => what).join(', ')}`);
  }
  if (mig !== undefined && !existsSync(mig)) throw usage(`--mig: there is no ${mig}`);
  const agent = ensureAgentBuilt();
  const tree = mkdtempSync(join(tmpdir(), 'mig-bench-tree-'));
  try {
    makeTree(tree);
    spawnSync('sh', ['-c', `cat $(find ${tree} -name 'large-*') > /dev/null`]);
    const results = [];
    for (const one of wanted) {
      results.push(await measure(one, { agent, mig, tree }));
      process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    }
    report('file', results);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

async function measure(
  { what, search, others }: Case,
  { agent, mig, tree }: { agent: string; mig: string | undefined; tree: string },
) {
  const searches = { bench: { paths: [tree], ...search } };
  const message = JSON.stringify({ class: 'parameters', parameters: { searches } });
  const runs: Run[] = [];
  const runsOfMig: Run[] = [];
  const rivals: Record<string, number[]> = {};
  for (let i = 0; i < RUNS; i++) {
    runs.push(await timed([agent, '-m', 'file'], message));
    if (mig !== undefined) runsOfMig.push(await timed([mig, '-m', 'file'], message));
    for (const [name, command] of Object.entries(others)) {
      rivals[name] = [...(rivals[name] ?? []), (await timed(command(tree), '')).seconds];
    }
  }
  const seconds = median(runs.map((run) => run.seconds));
  return {
    what,
    seconds,
    peakMb: peakOfAll(runs),
    ...besideMig(seconds, runsOfMig),
    ...Object.fromEntries(Object.entries(rivals).map(([name, values]) => [name, median(values)])),
  };
}

function besideMig(seconds: number, runs: readonly Run[]) {
  if (runs.length === 0) return {};
  const mig = median(runs.map((run) => run.seconds));
  return { mig, ratioToMig: round(seconds / mig), migPeakMb: peakOfAll(runs) };
}

function peakOfAll(runs: readonly Run[]): number {
  return Math.max(...runs.map(({ peakMb }) => peakMb));
}

interface Run {
  seconds: number;
  peakMb: number;
}

/** Runs a program on one core; the peak of its memory is read until it ends. */
function timed(command: string[], input: string): Promise<Run> {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn('taskset', ['-c', '1', ...command], {
      // MIG's agent says there which configuration it found.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let peakMb = 0;
    const timer = setInterval(() => {
      peakMb = Math.max(peakMb, peakOf(child.pid ?? 0));
    }, 20);
    child.stdout.resume();
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', () => {
      clearInterval(timer);
      resolve({ seconds: Math.round(performance.now() - began) / 1000, peakMb });
    });
  });
}

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** 50,000 files of one line to a few kB in 500 folders, and eight of 112 MB; lines as a configuration has them. */
function makeTree(tree: string): void {
  let seed = 1;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  const line = () => `user${random() % 1000} = value-${random()}-${random()}; # needle-${random() % 1000}`;
  const block = Array.from({ length: 2000 }, line).join('\n');
  for (let folder = 0; folder < 500; folder++) {
    const path = join(tree, `folder-${folder}`);
    mkdirSync(path);
    for (let i = 0; i < SMALL_FILES / 500; i++) {
      const from = random() % 50_000;
      const text = block.slice(from, from + 50 + (random() % 2000));
      writeFileSync(join(path, `file-${folder * 100 + i}.txt`), text);
    }
  }
  const chunk = Buffer.from(`${block}\n`);
  for (let i = 0; i < LARGE_FILES; i++) {
    const fd = openSync(join(tree, `large-${i}.log`), 'w');
    for (let bytes = 0; bytes < LARGE_BYTES; ) bytes += writeSync(fd, chunk);
    closeSync(fd);
  }
}
