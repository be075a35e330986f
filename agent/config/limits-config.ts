/** The limits on modules. */
export interface LimitsConfig {
  /** The share of all processors of the machine, for all modules together. */
  cpuPercent: number;
  /** For each module run. */
  memoryBytes: number;
  /** For each module run. */
  processes: number;
  /** False to watch modules even if the kernel offers control groups. */
  useCgroups: boolean;
}
