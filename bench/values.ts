/** What the command line gives a bench, of what that bench takes. */
export interface BenchValues {
  agents?: number;
  runs?: number;
  seconds?: number;
  /** Cases whose name holds this. */
  only?: string;
  /** The executable of MIG's own agent, to be measured in turn with ours. */
  mig?: string;
}
