import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { anonymousMegabytes } from '../dev/simulation/resident-memory.ts';
import { report } from '../dev/terminal.ts';
import { listPids } from '../platform/machine/proc-files.ts';
import { readProcessStat } from '../platform/machine/proc-stat.ts';
import { readNumber, runScript } from '../platform/program/command-line.ts';
import { type AgentRig, openAgentRig } from './measure/agent-rig.ts';
import { round } from './measure/statistics.ts';
import { writeResults } from './measure/write-results.ts';

const USAGE = `npm run soak -- [--commands N] [--per-second N]

Sends N commands (10000) to one agent, 6 a second. Afterwards its memory, descriptors and processes must be what they were,
or the command ends with status 1.
`;

const MAX_IN_FLIGHT = 8;
const SAMPLE_EVERY = 100;
/** The share of the first samples that counts as warm-up. */
const WARM_UP_SHARE = 0.2;
const SETTLE_MS = 15_000;
const MAX_SLOPE_MB = 1;
const MAX_NEW_DESCRIPTORS = 2;

await runScript(
  { usage: USAGE, options: { commands: { type: 'string' }, 'per-second': { type: 'string' } } },
  (values) =>
    soak({
      commands: readNumber('--commands', values.commands, { byDefault: 10_000, min: 500, max: 10_000_000 }),
      intervalMs:
        1000 / readNumber('--per-second', values['per-second'], { byDefault: 6, min: 1, max: 1000 }),
    }),
);

async function soak({ commands, intervalMs }: { commands: number; intervalMs: number }): Promise<number> {
  await using rig = await openAgentRig(ensureAgentBuilt(), { heartbeat: '30s' });
  const before = countResources(rig.pid);
  const startedAt = performance.now();
  const { samples, failed } = await sendCommands(rig, { commands, intervalMs });
  const minutes = (performance.now() - startedAt) / 60_000;
  await sleep(SETTLE_MS);
  const after = countResources(rig.pid);
  const slope = slopePerThousand(samples.slice(Math.floor(samples.length * WARM_UP_SHARE)));
  writeResults('soak', [
    {
      what: 'many commands on one agent',
      commands,
      failed,
      minutes: round(minutes, 1),
      rssAnonSlopeMbPer1000: round(slope, 3),
      rssAnonAtEndMb: round(anonymousMegabytes(rig.pid), 1),
      descriptors: [before.descriptors, after.descriptors],
      processes: [before.processes, after.processes],
    },
  ]);
  const hasLeaked =
    after.descriptors > before.descriptors + MAX_NEW_DESCRIPTORS || after.processes > before.processes;
  return failed > 0 || slope >= MAX_SLOPE_MB || hasLeaked ? 1 : 0;
}

interface Sample {
  command: number;
  mb: number;
}

/** Sends the commands at intervals, and samples the agent's memory after every hundredth. */
async function sendCommands(
  rig: AgentRig,
  { commands, intervalMs }: { commands: number; intervalMs: number },
): Promise<{ samples: Sample[]; failed: number }> {
  const samples: Sample[] = [];
  let failed = 0;
  let inFlight = 0;
  const send = async (command: number) => {
    inFlight++;
    try {
      const { status } = await rig.run([operation(command)]);
      if (status !== 'success') failed++;
    } finally {
      inFlight--;
    }
  };
  for (let command = 0; command < commands; command++) {
    while (inFlight >= MAX_IN_FLIGHT) await sleep(10);
    void send(command); // a command without an answer ends the soak as an unhandled rejection
    if (command % SAMPLE_EVERY === 0) {
      const mb = anonymousMegabytes(rig.pid);
      samples.push({ command, mb });
      report(`${command} commands, RssAnon ${mb.toFixed(1)} MB`);
    }
    await sleep(intervalMs);
  }
  while (inFlight > 0) await sleep(100);
  return { samples, failed };
}

function operation(command: number): object {
  const search = { paths: ['/etc'], names: [`^(passwd|none-${command})$`], options: { maxdepth: 2 } };
  return { module: 'file', parameters: { searches: { s1: search } } };
}

function countResources(pid: number): { descriptors: number; processes: number } {
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, processes: countChildren(pid) };
}

function countChildren(pid: number): number {
  return listPids().filter((other) => readProcessStat(other)?.parentPid === pid).length;
}

/** The slope of the regression line (least squares), in MB for a thousand commands. */
function slopePerThousand(samples: readonly Sample[]): number {
  const mean = (read: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const meanCommand = mean(({ command }) => command);
  const meanMb = mean(({ mb }) => mb);
  const covariance = mean(({ command, mb }) => (command - meanCommand) * (mb - meanMb));
  const variance = mean(({ command }) => (command - meanCommand) ** 2);
  return (covariance / variance) * 1000;
}
