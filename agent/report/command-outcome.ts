import type { ModuleResult } from '../../contract/module-result.ts';

/** The outcome of a command: its status, and the result of each operation in their order. */
export interface CommandOutcome {
  status: string;
  results: ModuleResult[];
}
