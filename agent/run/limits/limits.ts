import { writeFileSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { errorMessage } from '../../../contract/errors.ts';
import { pollUntil } from '../../../platform/async/poll-until.ts';
import type { Logger } from '../../../platform/log.ts';
import type { LimitsConfig } from '../../config/limits-config.ts';
import type { Breach } from './breach.ts';
import type { Cgroup, Cgroups } from './cgroup.ts';
import { openCgroups } from './cgroups.ts';
import { ProcessTree } from './process-tree.ts';
import { type WatchedRun, Watcher } from './watcher.ts';

/** Enforces the limits of modules: by control groups if the kernel allows them, otherwise by watching. */
export interface Limits {
  how: 'cgroup v1' | 'cgroup v2' | 'watcher';
  /** Puts a new process under limits. */
  confine(started: StartedProcess): Confined;
  close(): void;
}

interface StartedProcess {
  pid: number;
  /** A text in its environment, which its children inherit. */
  mark: string;
  /** Called once, at the first breach. */
  onBreach: (breach: Breach) => void;
}

/** One module run under limits. */
interface Confined {
  /** The limit that the run has exceeded, as far as is known. */
  breach(): Breach | undefined;
  /** Kills the process and all its descendants. */
  kill(): Promise<void>;
  /** Releases the resources of an ended run, here and in the kernel. */
  release(): Promise<void>;
}

const LOWEST_PRIORITY = 19;
const KILL_TIMEOUT_MS = 2_000;
const KILL_POLL_MS = 5;
const REMOVE_TIMEOUT_MS = 200;
const REMOVE_POLL_MS = 10;

export function openLimits(limits: LimitsConfig, log: Logger): Limits {
  const processors = availableParallelism();
  const mayUseCgroups = limits.useCgroups && process.platform === 'linux';
  const cgroups = mayUseCgroups ? openCgroups(limits, { processors }) : undefined;
  const runs = new Set<WatchedRun>();
  const watcher = new Watcher(runs, { limits, processors, log });
  let nextRun = 1;
  return {
    how: cgroups ? (`cgroup v${cgroups.version}` as const) : 'watcher',
    confine({ pid, mark, onBreach }) {
      const run: WatchedRun = {
        tree: new ProcessTree(pid, mark),
        cgroup: cgroups && enterCgroup(cgroups, { name: `run-${nextRun++}`, pid, log }),
        breach: undefined,
        isReported: false,
        onBreach,
        cpuMs: 0,
      };
      lowerPriority(pid);
      runs.add(run);
      watcher.wake();
      return {
        breach: () => run.breach ?? run.cgroup?.breach(),
        kill: () => killRun(run),
        async release() {
          runs.delete(run);
          await killRun(run);
          await removeCgroup(run.cgroup);
        },
      };
    },
    close() {
      watcher.stop();
      cgroups?.close();
    },
  };
}

function enterCgroup(
  cgroups: Cgroups,
  { name, pid, log }: { name: string; pid: number; log: Logger },
): Cgroup | undefined {
  try {
    const cgroup = cgroups.create(name);
    cgroup.add(pid);
    return cgroup;
  } catch (error) {
    log.warn({ error: errorMessage(error) }, 'no control group for this run; it is watched instead');
    return undefined;
  }
}

/** Makes the process the last to get a processor, and the first to be killed when memory is exhausted. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, LOWEST_PRIORITY);
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // The process has already ended.
  }
}

async function killRun({ tree, cgroup }: WatchedRun): Promise<void> {
  if (!cgroup) return tree.kill();
  await pollUntil(() => cgroup.kill(), {
    timeoutMs: KILL_TIMEOUT_MS,
    everyMs: KILL_POLL_MS,
    minAttempts: KILL_TIMEOUT_MS / KILL_POLL_MS,
  });
}

/** The kernel refuses to remove a group until it has released the last process. */
async function removeCgroup(cgroup: Cgroup | undefined): Promise<void> {
  if (!cgroup) return;
  await pollUntil(() => tryRemove(cgroup), {
    timeoutMs: REMOVE_TIMEOUT_MS,
    everyMs: REMOVE_POLL_MS,
    minAttempts: REMOVE_TIMEOUT_MS / REMOVE_POLL_MS,
  });
}

function tryRemove(cgroup: Cgroup): boolean {
  try {
    cgroup.remove();
    return true;
  } catch {
    return false;
  }
}
