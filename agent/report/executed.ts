import type { ModuleResult } from '../../contract/command.ts';

/** What a command came to: its status and a result for each operation, in their order. */
export interface Executed {
  status: string;
  results: ModuleResult[];
}
