import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { ReadContext } from '../filesystem/read-chunks.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';
import type { GarbageMeter } from './garbage-meter.ts';

/** The context that the evaluations of all files of a run share. */
export interface EvaluationContext extends ReadContext {
  tally: Tally;
  garbage: GarbageMeter;
  decompress: boolean;
  /** For MIG's own programs a line over MIG's limit ends the inspection of the file. */
  asMig: boolean;
  /** Called for a file that is too large to be read now. */
  postpone(postponed: PostponedFile): void;
  /** Called for a file with a line in which a match may have been missed. */
  noteLongLine(file: Path): void;
}

export interface PostponedFile {
  file: Path;
  plans: readonly Plan[];
  size: number;
}

/** One file under evaluation. The context is shared, not copied: a run may evaluate a million files. */
export interface Subject {
  file: Path;
  context: EvaluationContext;
}

/** A search that the file may still match. */
export interface Candidate {
  plan: Plan;
  /** The checks that the file has passed. In matchall it starts as the plan's own set of metadata checks. */
  passed: ReadonlySet<Check>;
}

/** Allocates a set only if the file passes further checks, which most files do not. */
export function addPassed(candidate: Candidate, checks: readonly Check[]): void {
  if (checks.length > 0) candidate.passed = new Set([...candidate.passed, ...checks]);
}
