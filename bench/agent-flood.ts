import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { type AgentStand, openAgentStand } from './agent-rig.ts';
import { report, round } from './report.ts';
import type { BenchValues } from './values.ts';

/** Just under what the agent takes as one command. */
const PADDING_BYTES = 900_000;
const IN_FLIGHT = 8;
const LOOK_EVERY_MS = 100;
const KINDS: Record<string, { signer: 'bob' | 'john'; padding: () => string }> = {
  'valid, of padding that compresses': { signer: 'bob', padding: () => 'x'.repeat(PADDING_BYTES) },
  'valid, of padding that does not': { signer: 'bob', padding: randomPadding },
  refused: { signer: 'john', padding: randomPadding },
};

/** What a flood of large commands, signed by who may and who may not, leaves of an endpoint's disk and memory. */
export async function benchAgentFlood({ seconds = 60 }: BenchValues): Promise<void> {
  const results = [];
  for (const [what, kind] of Object.entries(KINDS)) {
    await using stand = await openAgentStand(ensureAgentBuilt());
    const watch = startWatch(stand);
    const outcome = await flood(stand, { ...kind, seconds });
    const { peakMb, peakDiskMb } = await watch.end();
    const { ms } = await stand.restart();
    results.push({
      what: `${seconds} s of large commands, ${what}`,
      ...outcome,
      diskPeakMb: peakDiskMb,
      diskMb: megabytes(bytesBelow(stand.stateDir)),
      memoryPeakMb: peakMb,
      restartMs: ms,
    });
    process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
  }
  report('agent-flood', results);
}

async function flood(
  stand: AgentStand,
  { signer, padding, seconds }: { signer: 'bob' | 'john'; padding: () => string; seconds: number },
): Promise<Record<string, unknown>> {
  const until = performance.now() + seconds * 1000;
  const counts: Record<string, number> = { success: 0, failed: 0 };
  const sender = async () => {
    while (performance.now() < until) {
      const search = {
        paths: ['/etc'],
        names: ['^passwd$'],
        options: { maxdepth: 1 },
        description: padding(),
      };
      const operations = [{ module: 'file', parameters: { searches: { s1: search } } }];
      const { status } = await stand.run(operations, { signer });
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  return counts;
}

/** Of the agent and its modules together: the unit counts them together. */
function startWatch(stand: AgentStand): { end(): Promise<{ peakMb: number; peakDiskMb: number }> } {
  let isOver = false;
  const peaks = { peakMb: 0, peakDiskMb: 0 };
  const watching = (async () => {
    while (!isOver) {
      peaks.peakMb = Math.max(peaks.peakMb, megabytes(memoryOf(stand.pid)));
      peaks.peakDiskMb = Math.max(peaks.peakDiskMb, megabytes(bytesBelow(stand.stateDir)));
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    async end() {
      isOver = true;
      await watching;
      return peaks;
    },
  };
}

/** Proportional memory of a process and its children: what they share counts once. */
function memoryOf(pid: number): number {
  try {
    const kilobytes = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const own = kilobytes * 1024;
    if (children === '') return own;
    return children.split(' ').reduce((sum, child) => sum + memoryOf(Number(child)), own);
  } catch {
    return 0; // it ended meanwhile
  }
}

function bytesBelow(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, one) => sum + sizeOf(join(one.parentPath, one.name)), 0);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function randomPadding(): string {
  return randomBytes((PADDING_BYTES * 3) / 4).toString('base64');
}

function megabytes(bytes: number): number {
  return round(bytes / 1024 / 1024);
}
