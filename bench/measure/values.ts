/** Options of the command line. Each bench accepts some of them. */
export interface BenchValues {
  agents?: number;
  runs?: number;
  seconds?: number;
  /** Runs only the cases whose name contains this. */
  only?: string;
  /** The executable of MIG's own agent, measured in turn with ours. */
  mig?: string;
  /** The folder of another checkout, whose API is measured in turn with ours. */
  against?: string;
  /** Few of everything: it shows that the bench works, and measures nothing. */
  quick?: boolean;
}
