import type { Path } from '../filesystem/paths.ts';
import type { ReadContext } from '../filesystem/read-chunks.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';
import type { GarbageMeter } from './garbage-meter.ts';

/** What the evaluations of all files of a run share. */
export interface EvaluationContext extends ReadContext {
  tally: Tally;
  garbage: GarbageMeter;
  decompress: boolean;
  /** A program of MIG's own asks: a line over its limit ends the inspection of the file. */
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
  /** The checks that the file has passed: at first the plan's own set of all its metadata checks (matchall). */
  passed: ReadonlySet<Check>;
}

/** Most files pass no further check: a set is allocated only for those that do. */
export function addPassed(candidate: Candidate, checks: readonly Check[]): void {
  if (checks.length > 0) candidate.passed = new Set([...candidate.passed, ...checks]);
}
