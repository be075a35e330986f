import { existsSync } from 'node:fs';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { report } from '../dev/terminal.ts';
import { usage } from '../platform/program/command-line.ts';
import { FILE_CASES, type FileCase } from './measure/file-cases.ts';
import { openFileTree } from './measure/file-tree.ts';
import { median } from './measure/statistics.ts';
import { compareToMig, highestPeak, medianSeconds, type Run, timeProgram } from './measure/time-program.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const RUNS = 5;

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
