/** Options of the command line. Each bench accepts some of them. */
export interface BenchValues {
  agents?: number;
  runs?: number;
  seconds?: number;
  /** Runs only the cases whose name contains this. */
  only?: string;
  /** The executable of MIG's own agent, measured in turn with ours. */
  mig?: string;
}
