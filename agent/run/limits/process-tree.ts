import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { livingFolder } from '../../../platform/machine/living-task.ts';
import {
  anonymousBytes,
  hasInEnvironment,
  listChildren,
  listPids,
} from '../../../platform/machine/proc-files.ts';
import {
  hasEnded as hasMainThreadEnded,
  type ProcessStat,
  readProcessStat,
} from '../../../platform/machine/proc-stat.ts';
import { signalProcess, signalProcessGroup } from '../../../platform/machine/process-signals.ts';
import { windowsProgram } from '../../../platform/machine/windows-program.ts';
import { measureGroup, type Usage } from './usage.ts';

/** Limits the search before the first kill, which a fork bomb would delay. */
const MAX_KILLED_AT_ONCE = 500;
const MAX_KILL_ROUNDS = 100;
const MAX_KILL_PAUSE_MS = 20;

/**
 * The processes of one module run. On Linux, from /proc: its descendants and, by a mark in their environment, processes that
 * hide as children of init or in a session of their own. Elsewhere: its process group, from `ps`.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #rootStartTicks: number | undefined;
  readonly #mark: string;
  /** Start times by pid: they distinguish a process from a later one with the same pid. */
  readonly #known = new Map<number, number>();
  /** Processes that are older than the run cannot belong to it. */
  readonly #older: ReadonlySet<number>;
  readonly #searched = new Set<number>();

  constructor(root: number, mark: string) {
    this.#root = root;
    this.#mark = mark;
    const isLinux = process.platform === 'linux';
    this.#rootStartTicks = isLinux ? readProcessStat(root)?.startTicks : undefined;
    this.#older = new Set(isLinux ? listPids().filter((pid) => pid !== root) : []);
  }

  /** Measures at most about `maxProcesses` processes, so that a fork bomb cannot delay its own end. */
  async usage(maxProcesses: number): Promise<Usage> {
    if (process.platform !== 'linux') return measureGroup(this.#root);
    for (const pid of [this.#root, ...this.#known.keys()]) this.#addWithDescendants(pid, maxProcesses);
    const usage: Usage = { pids: [], cpuMs: 0, anonymousBytes: 0 };
    for (const [pid, startTicks] of this.#known) {
      const stat = readProcessStat(pid);
      if (!stat || hasEnded(pid, stat) || stat.startTicks !== startTicks) {
        this.#known.delete(pid);
        continue;
      }
      usage.pids.push(pid);
      usage.cpuMs += stat.cpuMs + stat.endedChildrenCpuMs;
      usage.anonymousBytes += anonymousBytes(pid);
    }
    return usage;
  }

  /** Searches processes that are younger than the run for the mark, each once. */
  search(maxProcesses: number): void {
    if (process.platform !== 'linux') return;
    for (const pid of listPids()) {
      if (this.#known.size > maxProcesses) return;
      if (this.#older.has(pid) || this.#searched.has(pid)) continue;
      this.#searched.add(pid);
      if (hasInEnvironment(pid, this.#mark)) this.#add(pid);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#ownsGroup()) signalProcessGroup(this.#root, signal);
    for (const pid of this.#known.keys()) signalProcess(pid, signal);
  }

  /**
   * Kills all processes: first the group, in one call that no fork can outrun, then those outside it, until none remains.
   */
  async kill(): Promise<void> {
    if (process.platform === 'win32') return killOnWindows(this.#root);
    for (let round = 0; round < MAX_KILL_ROUNDS; round++) {
      if (await this.#killKnown()) return;
      await sleep(Math.min(MAX_KILL_PAUSE_MS, round));
    }
  }

  /** True when none remains. */
  async #killKnown(): Promise<boolean> {
    this.signal('SIGKILL');
    this.#searched.clear();
    this.search(MAX_KILLED_AT_ONCE);
    const { pids } = await this.usage(MAX_KILLED_AT_ONCE);
    if (pids.length === 0) return true;
    this.signal('SIGKILL');
    return false;
  }

  /** Whether the process group is still ours: after its end the kernel may reuse the number. */
  #ownsGroup(): boolean {
    if (process.platform !== 'linux') return true;
    const isRootAlive =
      this.#rootStartTicks !== undefined && readProcessStat(this.#root)?.startTicks === this.#rootStartTicks;
    if (isRootAlive) return true;
    return [...this.#known.keys()].some((pid) => readProcessStat(pid)?.processGroup === this.#root);
  }

  #addWithDescendants(pid: number, maxProcesses: number): void {
    if (this.#known.size > maxProcesses || !this.#add(pid)) return;
    for (const child of listChildren(pid)) {
      if (!this.#known.has(child)) this.#addWithDescendants(child, maxProcesses);
    }
  }

  /** False when the process has ended. */
  #add(pid: number): boolean {
    const stat = readProcessStat(pid);
    if (!stat || hasEnded(pid, stat)) return false;
    if (pid === this.#root && stat.startTicks !== this.#rootStartTicks) return false;
    if (!this.#known.has(pid)) this.#known.set(pid, stat.startTicks);
    return true;
  }
}

/** A process goes on without its main thread. */
function hasEnded(pid: number, stat: ProcessStat): boolean {
  return hasMainThreadEnded(stat) && livingFolder(pid) === undefined;
}

async function killOnWindows(root: number): Promise<void> {
  const args = ['/T', '/F', '/PID', String(root)];
  await promisify(execFile)(windowsProgram('taskkill.exe'), args, { env: childEnvironment() }).catch(
    () => {},
  );
}
