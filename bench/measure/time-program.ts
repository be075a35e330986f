import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { pidOf } from '../../dev/stack/services/processes.ts';
import { median, round } from './statistics.ts';

const SAMPLE_EVERY_MS = 20;

export interface Run {
  seconds: number;
  peakMb: number;
}

/** Runs a program on one core, and samples the peak of its memory until it ends. */
export async function timeProgram(commandLine: string[], input: string): Promise<Run> {
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

/** The runs of MIG's agent beside our time. */
export function compareToMig(seconds: number, runs: readonly Run[]) {
  const mig = medianSeconds(runs);
  return { mig, ratioToMig: round(seconds / mig), migPeakMb: highestPeak(runs) };
}

export function medianSeconds(runs: readonly Run[]): number {
  return median(runs.map(({ seconds }) => seconds));
}

export function highestPeak(runs: readonly Run[]): number {
  return Math.max(...runs.map(({ peakMb }) => peakMb));
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
