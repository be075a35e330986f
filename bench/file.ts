import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { pidOf } from '../dev/stack/services/processes.ts';
import { report } from '../dev/terminal.ts';
import { usage } from '../platform/program/command-line.ts';
import { FILE_CASES, type FileCase } from './measure/file-cases.ts';
import { openFileTree } from './measure/file-tree.ts';
import { median, round } from './measure/statistics.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const RUNS = 5;
const SAMPLE_EVERY_MS = 20;

/**
 * The file module of the executable, on one core, process start included. It runs in turn with the usual tools and, with
 * `--mig`, with the executable of MIG's own agent.
 */
export async function benchFile({ only, mig }: BenchValues): Promise<void> {
  const cases = selectCases(only);
  if (mig !== undefined && !existsSync(mig)) throw usage(`--mig: ${mig} does not exist`);
  const agent = ensureAgentBuilt();
  using tree = openFileTree();
  const results = [];
  for (const one of cases) {
    const result = await measure(one, { agent, mig, tree: tree.folder });
    results.push(result);
    report(JSON.stringify(result));
  }
  writeResults('file', results);
}

function selectCases(only: string | undefined): FileCase[] {
  const selected = FILE_CASES.filter(({ what }) => only === undefined || what.includes(only));
  if (selected.length > 0) return selected;
  throw usage(
    `no case has '${only}' in its name; there are ${FILE_CASES.map(({ what }) => what).join(', ')}`,
  );
}

async function measure(
  { what, search, others }: FileCase,
  { agent, mig, tree }: { agent: string; mig: string | undefined; tree: string },
) {
  const searches = { bench: { paths: [tree], ...search } };
  const message = JSON.stringify({ class: 'parameters', parameters: { searches } });
  const runs: Run[] = [];
  const runsOfMig: Run[] = [];
  const secondsOfOthers: Record<string, number[]> = {};
  for (let i = 0; i < RUNS; i++) {
    runs.push(await timeProgram([agent, '-m', 'file'], message));
    if (mig !== undefined) runsOfMig.push(await timeProgram([mig, '-m', 'file'], message));
    for (const [name, commandLine] of Object.entries(others)) {
      const { seconds } = await timeProgram(commandLine(tree), '');
      secondsOfOthers[name] = [...(secondsOfOthers[name] ?? []), seconds];
    }
  }
  const seconds = medianSeconds(runs);
  return {
    what,
    seconds,
    peakMb: highestPeak(runs),
    ...(runsOfMig.length > 0 && compareToMig(seconds, runsOfMig)),
    ...Object.fromEntries(Object.entries(secondsOfOthers).map(([name, values]) => [name, median(values)])),
  };
}

function compareToMig(seconds: number, runs: readonly Run[]) {
  const mig = medianSeconds(runs);
  return { mig, ratioToMig: round(seconds / mig), migPeakMb: highestPeak(runs) };
}

function medianSeconds(runs: readonly Run[]): number {
  return median(runs.map(({ seconds }) => seconds));
}

function highestPeak(runs: readonly Run[]): number {
  return Math.max(...runs.map(({ peakMb }) => peakMb));
}

interface Run {
  seconds: number;
  peakMb: number;
}

/** Runs a program on one core, and samples the peak of its memory until it ends. */
async function timeProgram(commandLine: string[], input: string): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn('taskset', ['-c', '1', ...commandLine], {
    // MIG's agent writes there which configuration it found.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const sampling = samplePeak(child);
  child.stdout.resume();
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  await once(child, 'close');
  return { seconds: Math.round(performance.now() - startedAt) / 1000, peakMb: sampling.stop() };
}

function samplePeak(child: ChildProcess): { stop(): number } {
  const pid = pidOf(child);
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, peakMbOf(pid));
  }, SAMPLE_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return peakMb;
    },
  };
}

/** 0 when the process has ended: a zombie has no such line. */
function peakMbOf(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? 0 : Math.round(Number(kilobytes) / 1024);
  } catch {
    return 0;
  }
}
