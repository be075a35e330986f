import { errorMessage } from '../../../contract/errors.ts';
import type { Logger } from '../../../platform/log.ts';
import type { LimitsConfig } from '../../config/limits-config.ts';
import type { Breach } from './breach.ts';
import type { Cgroup } from './cgroup.ts';
import type { ProcessTree } from './process-tree.ts';

/** A module run, as the watcher sees it. */
export interface WatchedRun {
  tree: ProcessTree;
  /** Undefined when the watcher itself must enforce the limits. */
  cgroup: Cgroup | undefined;
  breach: Breach | undefined;
  isReported: boolean;
  onBreach: (breach: Breach) => void;
  /** Processor time at the last check. */
  cpuMs: number;
}

const INTERVAL_MS = 100;
/** Every tenth check searches all processes for hidden descendants. */
const CHECKS_BETWEEN_SEARCHES = 10;

/**
 * Checks every run ten times a second. For runs in a control group it asks the kernel for breaches. For all others it
 * measures memory and processes, and limits their total processor time: it stops them while they have used more than their
 * share.
 */
export class Watcher {
  readonly #runs: ReadonlySet<WatchedRun>;
  readonly #limits: LimitsConfig;
  readonly #log: Logger;
  /** Processors that all runs together may use, as a fraction. */
  readonly #share: number;
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;
  #checkedMs = 0;
  /** Processor time that may still be used; negative after an excess. */
  #creditMs = 0;
  #areStopped = false;

  constructor(
    runs: ReadonlySet<WatchedRun>,
    { limits, processors, log }: { limits: LimitsConfig; processors: number; log: Logger },
  ) {
    this.#runs = runs;
    this.#limits = limits;
    this.#log = log;
    this.#share = (processors * limits.cpuPercent) / 100;
  }

  /** Starts watching, if necessary, after a run was added. */
  wake(): void {
    if (this.#timer !== undefined) return;
    this.#checkedMs = performance.now();
    this.#creditMs = 0;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#checkAgain(), INTERVAL_MS);
  }

  async #checkAgain(): Promise<void> {
    try {
      await this.#check();
    } catch (error) {
      this.#log.error({ error: errorMessage(error) }, 'modules not watched');
    }
    if (this.#runs.size > 0) this.#schedule();
    else this.#timer = undefined;
  }

  async #check(): Promise<void> {
    const watched = [...this.#runs].filter(({ cgroup }) => cgroup === undefined);
    if (watched.length === 0) this.#areStopped = false;
    this.#addCredit();
    const isSearchDue = this.#checks % CHECKS_BETWEEN_SEARCHES === 0;
    for (const run of watched) {
      if (isSearchDue) run.tree.search(this.#limits.processes);
      this.#creditMs -= await measure(run, this.#limits);
    }
    for (const run of this.#runs) reportBreach(run);
    this.#throttle(watched);
    this.#checks++;
  }

  /** Adds the share of the time since the last check. Unused credit is capped at one interval. */
  #addCredit(): void {
    const now = performance.now();
    const earnedMs = (now - this.#checkedMs) * this.#share;
    this.#creditMs = Math.min(this.#creditMs + earnedMs, INTERVAL_MS * this.#share);
    this.#checkedMs = now;
  }

  #throttle(watched: readonly WatchedRun[]): void {
    const mustStop = this.#creditMs < 0;
    if (mustStop || this.#areStopped) {
      for (const { tree } of watched) tree.signal(mustStop ? 'SIGSTOP' : 'SIGCONT');
    }
    this.#areStopped = mustStop;
  }
}

/** Notes a breach, and returns the milliseconds of processor time that the run used since the last check. */
async function measure(run: WatchedRun, limits: LimitsConfig): Promise<number> {
  const { pids, cpuMs, anonymousBytes } = await run.tree.usage(limits.processes);
  if (anonymousBytes > limits.memoryBytes) run.breach ??= 'memory';
  if (pids.length > limits.processes) run.breach ??= 'processes';
  const usedMs = Math.max(0, cpuMs - run.cpuMs);
  run.cpuMs = Math.max(run.cpuMs, cpuMs);
  return usedMs;
}

function reportBreach(run: WatchedRun): void {
  run.breach ??= run.cgroup?.breach();
  if (run.breach === undefined || run.isReported) return;
  run.isReported = true;
  run.onBreach(run.breach);
}
