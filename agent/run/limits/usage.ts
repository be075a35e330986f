import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';

/** The present resource usage of a module and its descendants. */
export interface Usage {
  pids: number[];
  /** The processor time since the start of the processes. */
  cpuMs: number;
  anonymousBytes: number;
}

/** Measures a process group where there is no /proc; on Windows there are no groups to measure. */
export async function measureGroup(group: number): Promise<Usage> {
  const usage: Usage = { pids: [], cpuMs: 0, anonymousBytes: 0 };
  if (process.platform === 'win32') return usage;
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,pgid=,rss=,time='], {
    env: childEnvironment(),
  });
  for (const line of stdout.split('\n')) {
    const [pid, pgid, rssKilobytes, time = ''] = line.trim().split(/\s+/);
    if (Number(pgid) !== group) continue;
    usage.pids.push(Number(pid));
    usage.cpuMs += parseSeconds(time) * 1000;
    usage.anonymousBytes += Number(rssKilobytes) * 1024;
  }
  return usage;
}

/** `[hours:]minutes:seconds`. */
function parseSeconds(time: string): number {
  return time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
