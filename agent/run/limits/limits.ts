import { writeFileSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { errorMessage } from '../../../contract/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { LimitsConfig } from '../../config/config.ts';
import { type Breach, type Cgroup, type Cgroups, openCgroups } from './cgroups.ts';
import { ProcessTree } from './processes.ts';

/** One module run under limits. */
interface Confined {
  /** What it took too much of, as far as is known by now. */
  breach(): Breach | undefined;
  /** Ends it with everything that it started. */
  kill(): Promise<void>;
  /** After its end: nothing of it is left, here or in the kernel. */
  release(): Promise<void>;
}

/** Keeps modules within their limits: by control groups where we may, otherwise by watching. */
export interface Limits {
  how: 'cgroup v1' | 'cgroup v2' | 'watcher';
  /**
   * Puts a process just started, which carries `mark` in its environment, under limits; `onBreach` is called once.
   */
  confine(pid: number, mark: string, onBreach: (breach: Breach) => void): Confined;
  close(): void;
}

const INTERVAL_MS = 100;
/** Every so many looks all processes are searched for children that hid. */
const SEARCH_EVERY = 10;
const LOWEST_PRIORITY = 19;

interface Run {
  tree: ProcessTree;
  cgroup: Cgroup | undefined;
  breach: Breach | undefined;
  onBreach: (breach: Breach) => void;
  cpuMs: number;
}

export function openLimits(limits: LimitsConfig, log: Logger): Limits {
  const processors = availableParallelism();
  const cgroups =
    limits.useCgroups && process.platform === 'linux' ? openCgroups(limits, { processors }) : undefined;
  const runs = new Set<Run>();
  const watcher = createWatcher(runs, { limits, processors, log });
  let next = 1;
  return {
    how: cgroups ? (`cgroup v${cgroups.version}` as const) : 'watcher',
    confine(pid, mark, onBreach) {
      const run: Run = {
        tree: new ProcessTree(pid, mark),
        breach: undefined,
        onBreach,
        cpuMs: 0,
        cgroup: cgroups && enter(cgroups, `run-${next++}`, { pid, log }),
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

function enter(
  cgroups: Cgroups,
  name: string,
  { pid, log }: { pid: number; log: Logger },
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

/** The last to get a processor, the first to be killed when the machine runs out of memory. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, LOWEST_PRIORITY);
    if (process.platform === 'linux') writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // it ended already
  }
}

async function killRun({ tree, cgroup }: Run): Promise<void> {
  if (!cgroup) return tree.kill();
  for (let round = 0; !cgroup.kill() && round < 400; round++) await pause(5);
}

/** A group cannot be removed before the kernel has let go of its last process. */
async function removeCgroup(cgroup: Cgroup | undefined): Promise<void> {
  for (let round = 0; cgroup && round < 20; round++) {
    try {
      cgroup.remove();
      return;
    } catch {
      await pause(10);
    }
  }
}

/**
 * Looks at every run ten times a second while there are any. With a control group it only asks for breaches; without,
 * it measures memory and processes, and holds all runs together to their share of the processors by stopping them
 * when they are ahead of it and continuing them when they are not.
 */
function createWatcher(
  runs: ReadonlySet<Run>,
  { limits, processors, log }: { limits: LimitsConfig; processors: number; log: Logger },
): { wake(): void; stop(): void } {
  const share = (processors * limits.cpuPercent) / 100;
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  let creditMs = 0;
  let lookedAt = 0;
  let areStopped = false;

  const look = async () => {
    const watched = [...runs].filter(({ cgroup }) => cgroup === undefined);
    if (watched.length === 0) areStopped = false;
    const now = performance.now();
    // A burst of one interval at most: what was not used is not saved up.
    creditMs = Math.min(creditMs + (now - lookedAt) * share, INTERVAL_MS * share);
    lookedAt = now;
    for (const run of watched) creditMs -= await measure(run, limits, { search: looks % SEARCH_EVERY === 0 });
    for (const run of runs) report(run, run.breach ?? run.cgroup?.breach());
    const mustStop = creditMs < 0;
    if (mustStop || areStopped) for (const { tree } of watched) tree.signal(mustStop ? 'SIGSTOP' : 'SIGCONT');
    areStopped = mustStop;
    looks++;
  };
  const loop = async () => {
    await look().catch((error: unknown) => log.error({ error: errorMessage(error) }, 'modules not watched'));
    timer = runs.size === 0 ? undefined : setTimeout(() => void loop(), INTERVAL_MS);
  };
  return {
    wake() {
      if (timer !== undefined) return;
      lookedAt = performance.now();
      creditMs = 0;
      timer = setTimeout(() => void loop(), INTERVAL_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Milliseconds of processor time that the run took since the last look. */
async function measure(run: Run, limits: LimitsConfig, { search }: { search: boolean }): Promise<number> {
  if (search) run.tree.search(limits.processes);
  const { pids, cpuMs, anonymousBytes } = await run.tree.usage(limits.processes);
  if (anonymousBytes > limits.memoryBytes) run.breach ??= 'memory';
  if (pids.length > limits.processes) run.breach ??= 'processes';
  const taken = Math.max(0, cpuMs - run.cpuMs);
  run.cpuMs = Math.max(run.cpuMs, cpuMs);
  return taken;
}

function report(run: Run, breach: Breach | undefined): void {
  if (breach === undefined) return;
  const { onBreach } = run;
  run.breach = breach;
  run.onBreach = () => {};
  onBreach(breach);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
