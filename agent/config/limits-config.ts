/** The limits on modules. */
export interface LimitsConfig {
  /** Of all processors of the machine, for all modules together. */
  cpuPercent: number;
  /** For each module run. */
  memoryBytes: number;
  /** For each module run. */
  processes: number;
  /** False: modules are always watched, even where the kernel offers control groups. */
  useCgroups: boolean;
}
