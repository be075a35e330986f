import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { anonymousMegabytes } from '../dev/simulation/resource-usage.ts';
import { readNumber, runCommand } from '../platform/command-line.ts';
import { listPids } from '../platform/machine/proc-files.ts';
import { readProcessStat } from '../platform/machine/proc-stat.ts';
import { openAgentStand } from './agent-rig.ts';
import { report } from './report.ts';

const USAGE = `npm run soak -- [--commands N] [--per-second N]

Sends N commands (10000) to one agent, 6 a second; afterwards its memory, descriptors and processes must be what they were,
or it ends with 1.
`;

const MAX_IN_FLIGHT = 8;
/** Of the samples, the first fifth is warming up. */
const WARM_UP_SHARE = 0.2;
const MAX_SLOPE_MB = 1;

await runCommand(
  { usage: USAGE, options: { commands: { type: 'string' }, 'per-second': { type: 'string' } } },
  (values) =>
    soak({
      commands: readNumber('--commands', values.commands, { byDefault: 10_000, min: 500, max: 10_000_000 }),
      intervalMs:
        1000 / readNumber('--per-second', values['per-second'], { byDefault: 6, min: 1, max: 1000 }),
    }),
);

async function soak({ commands, intervalMs }: { commands: number; intervalMs: number }): Promise<number> {
  await using stand = await openAgentStand(ensureAgentBuilt(), { heartbeat: '30s' });
  const before = { descriptors: descriptors(stand.pid), processes: processesOfAgent(stand.pid) };
  const samples: { command: number; mb: number }[] = [];
  let failed = 0;
  let inFlight = 0;
  const began = performance.now();
  for (let command = 0; command < commands; command++) {
    while (inFlight >= MAX_IN_FLIGHT) await sleep(10);
    inFlight++;
    void stand
      .run([operation(command)])
      .then(({ status }) => {
        if (status !== 'success') failed++;
      })
      .finally(() => {
        inFlight--;
      });
    if (command % 100 === 0) {
      samples.push({ command, mb: anonymousMegabytes(stand.pid) });
      process.stderr.write(`${command} commands, RssAnon ${samples.at(-1)?.mb.toFixed(1)} MB\n`);
    }
    await sleep(intervalMs);
  }
  while (inFlight > 0) await sleep(100);
  const minutes = (performance.now() - began) / 60_000;
  await sleep(15_000);
  const after = { descriptors: descriptors(stand.pid), processes: processesOfAgent(stand.pid) };
  const slope = slopePerThousand(samples.slice(Math.floor(samples.length * WARM_UP_SHARE)));
  const result = {
    commands,
    failed,
    minutes: Math.round(minutes * 10) / 10,
    rssAnonSlopeMbPer1000: Math.round(slope * 1000) / 1000,
    rssAnonAtEndMb: Math.round(anonymousMegabytes(stand.pid) * 10) / 10,
    descriptors: [before.descriptors, after.descriptors],
    processes: [before.processes, after.processes],
  };
  report('soak', [{ what: 'many commands on one agent', ...result }]);
  const hasLeaked = after.descriptors > before.descriptors + 2 || after.processes > before.processes;
  return failed > 0 || slope >= MAX_SLOPE_MB || hasLeaked ? 1 : 0;
}

function operation(command: number): object {
  const search = { paths: ['/etc'], names: [`^(passwd|none-${command})$`], options: { maxdepth: 2 } };
  return { module: 'file', parameters: { searches: { s1: search } } };
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Children of the agent, at this moment. */
function processesOfAgent(pid: number): number {
  return listPids().filter((other) => readProcessStat(other)?.parentPid === pid).length;
}

/** Least squares: MB for a thousand commands. */
function slopePerThousand(points: readonly { command: number; mb: number }[]): number {
  const mean = (value: (point: { command: number; mb: number }) => number) =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  const [x, y] = [mean(({ command }) => command), mean(({ mb }) => mb)];
  const covariance = mean(({ command, mb }) => (command - x) * (mb - y));
  return (covariance / mean(({ command }) => (command - x) ** 2)) * 1000;
}
