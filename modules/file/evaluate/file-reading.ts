import { DeadlineError } from '../deadline.ts';
import type { OnChunk } from '../filesystem/on-chunk.ts';
import { OpenError } from '../filesystem/open-file.ts';
import type { Candidate, Subject } from './context.ts';

/** One pass over a file, for the checks of its content or of its hashes. */
export interface FileReading {
  onChunk: OnChunk;
  /** Returns the searches that the file may still match. `failure` is the error that ended the reading early, if any. */
  finish(failure: unknown): Candidate[];
}

/** Lists a failed reading among the errors. Throws a DeadlineError again, since it ends the run. */
export function reportFailure(failure: unknown, step: string, { context: { tally } }: Subject): void {
  if (failure instanceof DeadlineError) throw failure;
  const text = `${step} -> ${failure instanceof Error ? failure.message : ''}`;
  if (failure instanceof OpenError) tally.openFailed(text);
  else tally.error(text);
}
