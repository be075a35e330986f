import type { Breach } from './breach.ts';

/** The control groups of one module run. */
export interface Cgroup {
  add(pid: number): void;
  breach(): Breach | undefined;
  /** Kills its processes; true when none remains. */
  kill(): boolean;
  remove(): void;
}

export interface Cgroups {
  /** The version of the kernel's interface. */
  version: 1 | 2;
  create(name: string): Cgroup;
  close(): void;
}

/** The limits as control groups express them. */
export interface CgroupLimits {
  /** The processor time of all modules together, in each period of `CPU_PERIOD_US`. */
  cpuQuotaUs: number;
  memoryBytes: number;
  processes: number;
}

export const CPU_PERIOD_US = 100_000;
