import { DirectoryError } from '../filesystem/open-file.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import type { Block } from './block.ts';
import { BlockCutter } from './block-cutter.ts';
import { ContentInspector } from './content-inspector.ts';
import { addPassed, type Candidate, type Subject } from './context.ts';
import { type FileReading, reportFailure } from './file-reading.ts';

/** Starts the reading for the content checks; undefined when no search has any. */
export function startContentReading(candidates: Candidate[], subject: Subject): FileReading | undefined {
  const plans = candidates.flatMap(({ plan }) => (plan.contents.length > 0 ? [plan] : []));
  if (plans.length === 0) return undefined;
  const { file, context } = subject;
  const cutter = new BlockCutter(context);
  const inspector = new ContentInspector(plans);
  let isDecided = false;
  const inspect = (blocks: readonly Block[]) => {
    for (const block of blocks) if (!isDecided) isDecided = inspector.inspect(block);
  };
  return {
    onChunk(chunk, isWholeFile) {
      context.garbage.add(chunk.length);
      inspect(isWholeFile ? cutter.pushWholeFile(chunk) : cutter.push(chunk));
      return !isDecided && !cutter.hasEnded;
    },
    finish(outcome) {
      // A link to a directory is evaluated like a file without lines.
      const failure = outcome instanceof DirectoryError ? undefined : outcome;
      const isComplete = failure === undefined;
      inspect(isComplete ? cutter.finish() : cutter.finishIncomplete());
      if (inspector.mayHaveMissedMatch) context.noteLongLine(file);
      const passed = isComplete ? inspector.passedChecks() : inspector.provenChecks();
      const remaining = keepCandidates(candidates, passed);
      if (!isComplete) reportFailure(failure, 'checkContent()', subject);
      return remaining;
    },
  };
}

/** Adds the passed checks; in matchall a candidate needs all of them. */
function keepCandidates(candidates: Candidate[], passed: ReadonlyMap<Plan, Set<Check>>): Candidate[] {
  return candidates.filter((candidate) => {
    const { plan } = candidate;
    const checks = passed.get(plan);
    if (checks) addPassed(candidate, [...checks]);
    return !plan.search.options.matchall || plan.contents.every((check) => checks?.has(check));
  });
}
