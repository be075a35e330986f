import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import type { OnChunk } from '../filesystem/on-chunk.ts';
import { LargeFileError } from '../filesystem/open-file.ts';
import { readChunks, readInflatedChunks } from '../filesystem/read-chunks.ts';
import type { Matches } from '../plan/matches.ts';
import type { Plan } from '../plan/plan.ts';
import { startContentReading } from './content.ts';
import type { Candidate, EvaluationContext, Subject } from './context.ts';
import { startHashReading } from './hashes.ts';
import { checkMetadata } from './metadata.ts';

/**
 * Evaluates one file for all active searches: metadata, then content, then hashes
 * (spec/modules/file.md#evaluating-one-file). Throws DeadlineError after it has recorded the hits so far.
 *
 * It returns a promise only if it must read a gzip file: a promise for each of a million files would cost more than the
 * files.
 */
export function evaluateFile(
  file: Path,
  plans: readonly Plan[],
  context: EvaluationContext,
): Promise<void> | undefined {
  const subject = { file, context };
  let candidates: Candidate[];
  try {
    candidates = checkMetadata(plans, file);
  } catch (error) {
    context.tally.error(`evaluateFile() -> stat ${toDisplayPath(file)}: ${goErrno(error)}`);
    return undefined;
  }
  if (!candidates.some(needsBytes)) {
    recordHits(candidates, subject);
    return undefined;
  }
  if (context.decompress) return evaluateInflatedBytes(candidates, subject);
  evaluateBytes(candidates, subject);
  return undefined;
}

function needsBytes({ plan }: Candidate): boolean {
  return plan.contents.length + plan.hashes.length > 0;
}

/** Content comes first: a file that its content excludes is not hashed. */
const START_READING = [startContentReading, startHashReading];

function evaluateBytes(candidates: Candidate[], subject: Subject): void {
  let remaining = candidates;
  try {
    for (const startReading of START_READING) {
      const reading = startReading(remaining, subject);
      if (!reading) continue;
      const failure = tryReadChunks(subject, reading.onChunk);
      remaining = isTooLarge(failure) ? postpone(remaining, subject, failure) : reading.finish(failure);
    }
  } finally {
    recordHits(remaining, subject);
  }
}

/** As `evaluateBytes`, for the content of gzip files. */
async function evaluateInflatedBytes(candidates: Candidate[], subject: Subject): Promise<void> {
  let remaining = candidates;
  try {
    for (const startReading of START_READING) {
      const reading = startReading(remaining, subject);
      if (!reading) continue;
      const failure = await readInflatedChunks(subject, reading.onChunk).catch((error) => error);
      remaining = isTooLarge(failure) ? postpone(remaining, subject, failure) : reading.finish(failure);
    }
  } finally {
    recordHits(remaining, subject);
  }
}

function tryReadChunks(subject: Subject, onChunk: OnChunk): unknown {
  try {
    readChunks(subject, onChunk);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isTooLarge(failure: unknown): failure is LargeFileError {
  return failure instanceof LargeFileError;
}

/** Records the hits of the metadata now; the bytes are evaluated later. */
function postpone(candidates: readonly Candidate[], subject: Subject, { size }: LargeFileError): Candidate[] {
  const { file, context } = subject;
  recordHits(candidates, subject);
  context.postpone({ file, plans: candidates.map(({ plan }) => plan), size });
  return [];
}

/** Records one hit per check and file in matchany, per file in matchall. A root inside another adds no second hit. */
function recordHits(candidates: readonly Candidate[], subject: Subject): void {
  for (const { plan, passed } of candidates) {
    if (!plan.search.options.matchall) {
      for (const check of passed) addHit(plan, check.matches, subject);
    } else if (plan.checks.length > 0 && passed.size === plan.checks.length) {
      addHit(plan, plan.matches, subject);
    }
  }
}

function addHit(plan: Plan, matches: Matches, { file, context: { tally } }: Subject): void {
  if (matches.has(file)) return;
  matches.add(file);
  plan.hits++;
  if (!plan.onlyCounts) tally.keptHits++;
  tally.totalHits++;
}
