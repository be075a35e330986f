import type { RunClock } from '../../platform/async/run-clock.ts';
import type { Findings } from './findings.ts';
import type { Parameters } from './schema.ts';
import type { System } from './tables.ts';

/** What the parts of a search share. */
export interface Search {
  parameters: Parameters;
  system: System;
  findings: Findings;
  clock: RunClock;
  tally: Tally;
}

export interface Tally {
  /** MIG's count: every row or address, once for each value that it is compared with. */
  examined: number;
  /** A value may be found without all of its findings. */
  errors: string[];
  /** Errors that report a limit. */
  limits: string[];
}

export function createTally(): Tally {
  return { examined: 0, errors: [], limits: [] };
}

/** A part of the search: it has its values in the result, and looks for them when it is called. */
export type Part = () => Promise<void>;
