import type { RunClock } from '../../platform/async/run-clock.ts';
import { listPids, residentBytes } from '../../platform/machine/proc-files.ts';
import { type Layout, readLayout } from './layout.ts';
import { type Check, type Plan, windowBytesOf } from './plan.ts';
import { MemoryScan, type Scan, ScanEndedError } from './scan-memory.ts';
import type { Tally } from './tally.ts';
import { openTarget, type Target } from './target.ts';

export interface ProcessSearch {
  plans: readonly Plan[];
  tally: Tally;
  clock: RunClock;
  /** Processes whose memory is not searched, because it contains the search itself. */
  skippedPids: readonly number[];
}

/** Larger processes are searched after all others, the smallest first: one alone could use up the time. */
const LARGE_PROCESS_BYTES = 1024 * 1024 * 1024;
const SPAN_BYTES = 1024 * 1024;

interface Postponed {
  pid: number;
  startTicks: number;
  bytes: number;
}

/** Evaluates all processes for all searches, until the time is over (spec/modules/memory.md#algorithm). */
export async function searchProcesses(search: ProcessSearch): Promise<void> {
  const { clock, tally, plans } = search;
  const scan = createScan(search);
  const postponed: Postponed[] = [];
  const pids = listPids();
  for (const [index, pid] of pids.entries()) {
    if (clock.isOver()) {
      tally.limits.push(`${clock.ended()}, before process ${pid}: ${pids.length - index} were not searched`);
      break;
    }
    const evaluation = new Evaluation(search, scan);
    const later = await evaluation.evaluate(pid);
    if (later) postponed.push(later);
    await clock.pause();
  }
  await searchPostponed(postponed, { search, scan });
  for (const plan of plans) sortMatches(plan);
}

function createScan({ plans, clock, tally }: ProcessSearch): Scan {
  const windowBytes = windowBytesOf(plans);
  const logsFailures = plans.some(({ search }) => search.options.logfailures);
  const windows = Math.max(4, Math.ceil(SPAN_BYTES / windowBytes));
  return {
    clock,
    windowBytes,
    buffer: Buffer.allocUnsafeSlow(windows * windowBytes),
    onFailure(text) {
      if (logsFailures) tally.fail(text);
    },
  };
}

async function searchPostponed(
  postponed: Postponed[],
  { search, scan }: { search: ProcessSearch; scan: Scan },
): Promise<void> {
  const { clock, tally } = search;
  postponed.sort((a, b) => a.bytes - b.bytes);
  for (const [index, process] of postponed.entries()) {
    if (clock.isOver()) {
      tally.limits.push(
        `${clock.ended()}, before process ${process.pid}: the memory of ${postponed.length - index} processes over 1 GB was not searched`,
      );
      return;
    }
    await new Evaluation(search, scan).evaluatePostponed(process);
  }
}

/** Large processes were evaluated last. */
function sortMatches(plan: Plan): void {
  for (const { matches } of [plan, ...plan.checks]) matches.sort((a, b) => a.pid - b.pid);
}

/** The evaluation of one process for all searches. */
class Evaluation {
  readonly #search: ProcessSearch;
  readonly #scan: Scan;
  readonly #found = new Set<Check>();

  constructor(search: ProcessSearch, scan: Scan) {
    this.#search = search;
    this.#scan = scan;
  }

  /** Returns a process that is too large to be searched now. */
  async evaluate(pid: number): Promise<Postponed | undefined> {
    const { tally } = this.#search;
    const target = openTarget(pid);
    if (typeof target === 'string') {
      if (target !== 'ended') tally.fail(`Permission denied to access memory of process ${pid}`);
      if (target === 'denied') tally.denied++;
      return undefined;
    }
    try {
      tally.processCount++;
      return await this.#evaluateTarget(target, LARGE_PROCESS_BYTES);
    } finally {
      target.close();
    }
  }

  /** Does nothing when the process has ended since. */
  async evaluatePostponed({ pid, startTicks }: Postponed): Promise<void> {
    const target = openTarget(pid);
    if (typeof target === 'string') return;
    try {
      if (target.startTicks === startTicks) await this.#evaluateTarget(target, Number.POSITIVE_INFINITY);
    } finally {
      target.close();
    }
  }

  async #evaluateTarget(target: Target, maxBytes: number): Promise<Postponed | undefined> {
    const { plans, skippedPids } = this.#search;
    this.#checkName(target);
    const layout = this.#checkLibraries(target);
    const scanned = plans.filter((plan) => this.#mayMatchMemory(plan));
    if (scanned.length > 0 && !skippedPids.includes(target.pid)) {
      const bytes = bytesToRead(layout, target);
      if (bytes > maxBytes) return { pid: target.pid, startTicks: target.startTicks, bytes };
      await this.#scanMemory(target, { layout, plans: scanned });
    }
    this.#recordHits(target);
    return undefined;
  }

  #checkName({ name }: Target): void {
    for (const check of this.#search.plans.flatMap(({ names }) => names)) {
      if (check.pattern?.test(name)) this.#found.add(check);
    }
  }

  /** MIG calls every mapped file a library, except for the executable (spec/modules/memory.md#linux). */
  #checkLibraries(target: Target): Layout {
    const checks = this.#search.plans.flatMap(({ libraries }) => libraries);
    const onPath = (path: string) => {
      if (!isLibrary(path, target)) return;
      for (const check of checks) if (check.pattern?.test(path)) this.#found.add(check);
    };
    try {
      return target.withMappings((mappings) => readLayout(mappings, onPath));
    } catch {
      return { parts: [], devices: [] }; // It has just ended.
    }
  }

  /** In matchall one failed check decides. */
  #mayMatchMemory({ search, names, libraries, memory }: Plan): boolean {
    if (memory.length === 0) return false;
    return !search.options.matchall || [...names, ...libraries].every((check) => this.#found.has(check));
  }

  async #scanMemory(target: Target, { layout, plans }: { layout: Layout; plans: Plan[] }): Promise<void> {
    const { tally, clock } = this.#search;
    const scan = new MemoryScan(target, plans, this.#scan);
    try {
      await scan.run(layout);
    } catch (error) {
      if (!(error instanceof ScanEndedError)) throw error;
      const at = `0x${error.address.toString(16)} of process ${target.pid} (${target.name})`;
      tally.limits.push(`${clock.ended()}, at address ${at}: nothing after it was searched`);
    }
    tally.memoryRead += scan.bytesRead;
    for (const check of scan.found) this.#found.add(check);
  }

  #recordHits({ name, pid }: Target): void {
    for (const plan of this.#search.plans) {
      const found = plan.checks.filter((check) => this.#found.has(check));
      if (!plan.search.options.matchall) for (const check of found) check.matches.push({ name, pid });
      else if (found.length > 0 && found.length === plan.checks.length) plan.matches.push({ name, pid });
    }
  }
}

function isLibrary(path: string, { name }: Target): boolean {
  return path !== '' && path !== name && path !== '/dev/zero' && !path.startsWith('[');
}

/** Of a sparse mapping only what is in memory is read. */
function bytesToRead({ parts }: Layout, { pid }: Target): number {
  return parts
    .filter(({ isSparse }) => !isSparse)
    .reduce((sum, { start, end }) => sum + end - start, residentBytes(pid));
}
