import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { report } from '../dev/terminal.ts';
import { type AgentRig, openAgentRig, type Signer } from './measure/agent-rig.ts';
import { round } from './measure/statistics.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

/** Just under the largest command that the agent accepts. */
const PADDING_BYTES = 900_000;
const IN_FLIGHT = 8;
const SAMPLE_EVERY_MS = 100;

interface FloodKind {
  what: string;
  signer: Signer;
  padding: () => string;
}

const KINDS: FloodKind[] = [
  {
    what: 'valid, of padding that compresses',
    signer: 'bob',
    padding: () => 'x'.repeat(PADDING_BYTES),
  },
  {
    what: 'valid, of padding that does not',
    signer: 'bob',
    padding: randomPadding,
  },
  {
    what: 'refused',
    signer: 'john',
    padding: randomPadding,
  },
];

/** How much disk and memory of an endpoint a flood of large commands takes, both valid and refused. */
export async function benchAgentFlood({ seconds = 60 }: BenchValues): Promise<void> {
  const results = [];
  for (const kind of KINDS) {
    const result = await measure(kind, seconds);
    results.push(result);
    report(JSON.stringify(result));
  }
  writeResults('agent-flood', results);
}

async function measure(kind: FloodKind, seconds: number): Promise<Record<string, unknown>> {
  await using rig = await openAgentRig(ensureAgentBuilt());
  const sampling = startSampling(rig);
  const counts = await flood(rig, { ...kind, seconds });
  const { peakMb, peakDiskMb } = await sampling.stop();
  const { ms } = await rig.restart();
  return {
    what: `${seconds} s of large commands, ${kind.what}`,
    ...counts,
    diskPeakMb: peakDiskMb,
    diskMb: megabytes(bytesBelow(rig.stateDir)),
    memoryPeakMb: peakMb,
    restartMs: ms,
  };
}

/** Returns the number of answers by status. */
async function flood(
  rig: AgentRig,
  { signer, padding, seconds }: FloodKind & { seconds: number },
): Promise<Record<string, number>> {
  const endsAt = performance.now() + seconds * 1000;
  const counts: Record<string, number> = { success: 0, failed: 0 };
  const sender = async () => {
    while (performance.now() < endsAt) {
      const search = {
        paths: ['/etc'],
        names: ['^passwd$'],
        options: { maxdepth: 1 },
        description: padding(),
      };
      const operations = [{ module: 'file', parameters: { searches: { s1: search } } }];
      const { status } = await rig.run(operations, { signer });
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  return counts;
}

/** Samples the memory of the agent with its modules, because the unit limits them together, and its disk. */
function startSampling(rig: AgentRig): { stop(): Promise<{ peakMb: number; peakDiskMb: number }> } {
  let isStopped = false;
  const peaks = { peakMb: 0, peakDiskMb: 0 };
  const sample = async () => {
    while (!isStopped) {
      peaks.peakMb = Math.max(peaks.peakMb, megabytes(memoryOf(rig.pid)));
      peaks.peakDiskMb = Math.max(peaks.peakDiskMb, megabytes(bytesBelow(rig.stateDir)));
      await sleep(SAMPLE_EVERY_MS);
    }
  };
  const sampling = sample();
  return {
    async stop() {
      isStopped = true;
      await sampling;
      return peaks;
    },
  };
}

/** Proportional set size (PSS) of a process and its children in bytes: shared pages count once. */
function memoryOf(pid: number): number {
  try {
    const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const own = kilobytes * 1024;
    if (children === '') return own;
    return children.split(' ').reduce((sum, child) => sum + memoryOf(Number(child)), own);
  } catch {
    return 0; // it has ended
  }
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, file) => sum + sizeOf(join(file.parentPath, file.name)), 0);
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? stats.size : 0; // it was removed meanwhile
}

function randomPadding(): string {
  return randomBytes((PADDING_BYTES * 3) / 4).toString('base64');
}

function megabytes(bytes: number): number {
  return round(bytes / 1024 / 1024);
}
