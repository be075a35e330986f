import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { statFields } from '../../../platform/machine/proc-stat.ts';
import { windowsProgram } from '../../../platform/machine/windows-program.ts';

/** What a module and everything it started take at one moment. */
export interface Usage {
  pids: number[];
  /** Processor time since their start. */
  cpuMs: number;
  anonymousBytes: number;
}

const PAGE_BYTES = 4096;
const MS_PER_TICK = 10;
const MAX_KILLED_AT_ONCE = 500;

interface Process {
  group: number;
  startTicks: string;
  cpuMs: number;
  isZombie: boolean;
}

/**
 * The processes of one module run: its children by descent, and by a mark in their environment those that tried to
 * hide as children of init or in a session of their own. Linux by /proc; elsewhere the process group, by ps.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #rootStart: string | undefined;
  readonly #mark: string;
  /** Start times tell a process from a later one with the same number. */
  readonly #known = new Map<number, string>();
  /** Processes that ran before it began need no look. */
  readonly #before: ReadonlySet<number>;
  #seen = new Set<number>();

  constructor(root: number, mark: string) {
    this.#root = root;
    this.#mark = mark;
    const isLinux = process.platform === 'linux';
    this.#rootStart = isLinux ? readProcess(root)?.startTicks : undefined;
    this.#before = new Set(isLinux ? listPids().filter((pid) => pid !== root) : []);
  }

  /** What they take; looks at `atMost` processes only, so that a fork bomb costs no time when time is what counts. */
  async usage(atMost: number): Promise<Usage> {
    if (process.platform !== 'linux') return groupUsage(this.#root);
    for (const pid of [this.#root, ...this.#known.keys()]) this.#descend(pid, atMost);
    let cpuMs = 0;
    let anonymousBytes = 0;
    for (const [pid, startTicks] of this.#known) {
      const found = readProcess(pid);
      if (!found || found.isZombie || found.startTicks !== startTicks) {
        this.#known.delete(pid);
        continue;
      }
      cpuMs += found.cpuMs;
      anonymousBytes += readAnonymousBytes(pid);
    }
    return { pids: [...this.#known.keys()], cpuMs, anonymousBytes };
  }

  /** Looks through the processes that began since for the mark, each of them once. */
  search(atMost: number): void {
    if (process.platform !== 'linux') return;
    for (const pid of listPids()) {
      if (this.#known.size > atMost) return;
      if (this.#before.has(pid) || this.#seen.has(pid)) continue;
      this.#seen.add(pid);
      if (carries(pid, this.#mark)) this.#add(pid);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#ownsGroup()) send(-this.#root, signal);
    for (const pid of this.#known.keys()) send(pid, signal);
  }

  /**
   * Kills all of them. The group first and in one call, which no forking outruns; then, again and again until none is
   * left, those that hid from it.
   */
  async kill(): Promise<void> {
    if (process.platform === 'win32') {
      await promisify(execFile)(windowsProgram('taskkill.exe'), ['/T', '/F', '/PID', String(this.#root)], {
        env: childEnvironment(),
      }).catch(() => {});
      return;
    }
    for (let round = 0; round < 100; round++) {
      this.signal('SIGKILL');
      this.#seen.clear();
      this.search(MAX_KILLED_AT_ONCE);
      const { pids } = await this.usage(MAX_KILLED_AT_ONCE);
      if (pids.length === 0) return;
      this.signal('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, Math.min(20, round)));
    }
  }

  /** Whether the group of that number is still ours: once all of it has ended, its number may be given to others. */
  #ownsGroup(): boolean {
    if (process.platform !== 'linux') return true;
    if (this.#rootStart !== undefined && readProcess(this.#root)?.startTicks === this.#rootStart) return true;
    return [...this.#known.keys()].some((pid) => readProcess(pid)?.group === this.#root);
  }

  #descend(pid: number, atMost: number): void {
    if (this.#known.size > atMost || !this.#add(pid)) return;
    for (const child of childrenOf(pid)) if (!this.#known.has(child)) this.#descend(child, atMost);
  }

  #add(pid: number): boolean {
    const found = readProcess(pid);
    if (!found || found.isZombie) return false;
    if (pid === this.#root && found.startTicks !== this.#rootStart) return false;
    if (!this.#known.has(pid)) this.#known.set(pid, found.startTicks);
    return true;
  }
}

function readProcess(pid: number): Process | undefined {
  const fields = statFields(pid);
  if (!fields) return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return {
    group: Number(fields[2]),
    startTicks: fields[19] ?? '',
    cpuMs: ticks * MS_PER_TICK,
    isZombie: fields[0] === 'Z',
  };
}

function readAnonymousBytes(pid: number): number {
  const [, resident = 0, shared = 0] = (read(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return (resident - shared) * PAGE_BYTES;
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      (read(`/proc/${pid}/task/${task}/children`) ?? '')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

function carries(pid: number, mark: string): boolean {
  return read(`/proc/${pid}/environ`)?.includes(mark) ?? false;
}

function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined; // it ended meanwhile
  }
}

async function groupUsage(group: number): Promise<Usage> {
  const usage: Usage = { pids: [], cpuMs: 0, anonymousBytes: 0 };
  if (process.platform === 'win32') return usage;
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,pgid=,rss=,time='], {
    env: childEnvironment(),
  });
  for (const line of stdout.split('\n')) {
    const [pid, pgid, rss, time = ''] = line.trim().split(/\s+/);
    if (Number(pgid) !== group) continue;
    const seconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    usage.pids.push(Number(pid));
    usage.cpuMs += seconds * 1000;
    usage.anonymousBytes += Number(rss) * 1024;
  }
  return usage;
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it is gone
  }
}
