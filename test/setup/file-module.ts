import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { buffer, text } from 'node:stream/consumers';
import type { ModuleResult } from '../../contract/module-result.ts';
import type { Match } from '../../modules/file/result/match.ts';

export interface FileResult extends Omit<ModuleResult, 'elements' | 'statistics'> {
  elements: Record<string, Match[]>;
  statistics: { filescount: number; openfailed: number; totalhits: number; exectime: string };
  bytes: number;
  /** The highest sampled memory of the process. */
  peakMb: number;
}

interface Options {
  agent: string;
  /** More than enough by default; null sends none, as MIG's own programs do. */
  terms?: { timeoutms: number; maxbytes: number } | null;
  cwd?: string;
  uid?: number;
}

const LONG = { timeoutms: 600_000, maxbytes: 2 ** 40 };

/** Runs the module `file` as an agent does: a process that reads one message and prints one result. */
export async function searchFiles(
  searches: Record<string, unknown>,
  { agent, terms = LONG, ...options }: Options,
): Promise<FileResult> {
  const child = spawn(agent, ['-m', 'file'], { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const message = { class: 'parameters', parameters: { searches }, ...(terms === null ? {} : { terms }) };
  child.stdin.end(`${JSON.stringify(message)}\n`);
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid));
  }, 10);
  const [output, complaints] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
  clearInterval(watch);
  if (output.length === 0) throw new Error(`no result: ${complaints}`);
  return { ...JSON.parse(output.toString()), bytes: output.length, peakMb };
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1];
    return kilobytes === undefined ? 0 : Number(kilobytes) / 1024; // a zombie has no such line
  } catch {
    return 0; // it has ended
  }
}

/** Returns the files of a search's matches without duplicates, sorted. */
export function filesOf(result: FileResult, label = 's1'): string[] {
  return [
    ...new Set((result.elements[label] ?? []).map(({ file }) => file).filter((file) => file !== '')),
  ].sort();
}
