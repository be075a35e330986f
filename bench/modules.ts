import { existsSync } from 'node:fs';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { isBuiltWithout } from '../dev/mig-agent.ts';
import { report } from '../dev/terminal.ts';
import { allModules } from '../modules/all-modules.ts';
import { usage } from '../platform/program/command-line.ts';
import { GIANT_MB, openGiant } from './measure/giant-process.ts';
import { isOnlyOurs, type ModuleCase, moduleCases, whyLeftOut } from './measure/module-cases.ts';
import { round } from './measure/statistics.ts';
import { compareToMig, highestPeak, medianSeconds, type Run, timeProgram } from './measure/time-program.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const RUNS = 5;
const GIANT = 'memory-1gb';

interface Programs {
  agent: string;
  mig: string | undefined;
  runs: number;
}

/**
 * Time and peak memory of each module on this machine, and the speed of a search through the memory of one large process:
 * the executable on one core, process start included. With `--mig` in turn with the executable of MIG's own agent.
 */
export async function benchModules({ only, mig, runs = RUNS }: BenchValues): Promise<void> {
  if (mig !== undefined && !existsSync(mig)) throw usage(`--mig: ${mig} does not exist`);
  const isWanted = (name: string) => only === undefined || name.includes(only);
  const cases = moduleCases().filter(({ module }) => isWanted(module));
  if (cases.length === 0 && !isWanted(GIANT)) throw usage(`no module has '${only}' in its name`);
  const programs: Programs = { agent: ensureAgentBuilt(), mig, runs };
  for (const module of allModules()) {
    const why = whyLeftOut(module);
    if (why !== undefined && isWanted(module.name)) report(`${module.name} is left out: ${why}`);
  }
  const results = [];
  for (const one of cases) results.push(await measure(one, programs));
  if (isWanted(GIANT)) results.push(await measureGiant(programs));
  writeResults('modules', results);
}

async function measureGiant(programs: Programs) {
  await using giant = await openGiant();
  const search = { names: [giant.pattern], bytes: ['00ff'.repeat(12)], options: { matchall: true } };
  const result = await measure(
    { module: 'memory', parameters: { searches: { s1: search } } },
    programs,
    GIANT,
  );
  return { ...result, mbPerSecond: round(GIANT_MB / result.seconds, 0) };
}

async function measure({ module, parameters }: ModuleCase, { agent, mig, runs }: Programs, name = module) {
  const message = JSON.stringify({ class: 'parameters', parameters });
  const ours: Run[] = [];
  const theirs: Run[] = [];
  const compared = isOnlyOurs(module) ? undefined : comparable(mig, module);
  for (let i = 0; i < runs; i++) {
    ours.push(await timeProgram([agent, '-m', module], message));
    if (compared !== undefined) theirs.push(await timeProgram([compared, '-m', module], message));
  }
  const seconds = medianSeconds(ours);
  const result = {
    module: name,
    seconds,
    peakMb: highestPeak(ours),
    ...(theirs.length > 0 && compareToMig(seconds, theirs)),
  };
  report(JSON.stringify(result));
  return result;
}

function comparable(mig: string | undefined, module: string): string | undefined {
  if (mig === undefined || !isBuiltWithout(mig, module)) return mig;
  report(`MIG's agent was built without ${module}, and is not compared`);
  return undefined;
}
