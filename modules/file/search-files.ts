import { type Path, toDisplayPath } from '../../platform/machine/directory/system-path.ts';
import { DeadlineError } from './deadline.ts';
import { MAX_WHOLE_LINE_BYTES, OVERLAP_BYTES } from './evaluate/block-cutter.ts';
import type { EvaluationContext, PostponedFile } from './evaluate/context.ts';
import { evaluateFile } from './evaluate/evaluate-file.ts';
import { createGarbageMeter } from './evaluate/garbage-meter.ts';
import { CHECK_NAME } from './parameters/schema.ts';
import { mayContinue } from './plan/limits.ts';
import { LARGE_FILE_BYTES, type SearchRun } from './search-run.ts';
import type { Tally } from './tally.ts';
import { walk } from './walk/walk.ts';

/** The most postponed files; further ones are read at once. */
const MAX_POSTPONED = 10_000;

/** Walks the paths of all searches and evaluates their files, until the deadline. */
export async function searchFiles(run: SearchRun): Promise<void> {
  const { plans, tally, deadline, listEntries } = run;
  const postponed: PostponedFile[] = [];
  const filesWithLongLines: FilesWithLongLines = { count: 0, first: undefined };
  const context = createContext(run, postponed, filesWithLongLines);
  const visit = (file: Path, active: typeof plans) => {
    tally.filesCount++;
    return evaluateFile(file, active, context);
  };
  try {
    await walk(plans, { tally, deadline, listEntries, visit });
    await evaluatePostponed(postponed, context);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    noteEnd(error, run);
    noteUnreadFiles(postponed.length, tally);
  }
  noteLongLines(filesWithLongLines, tally);
  noteUnknown(plans, tally);
}

interface FilesWithLongLines {
  count: number;
  first: Path | undefined;
}

function createContext(
  { tally, deadline, buffer, decompress, terms }: SearchRun,
  postponed: PostponedFile[],
  filesWithLongLines: FilesWithLongLines,
): EvaluationContext {
  const context: EvaluationContext = {
    tally,
    deadline,
    buffer,
    decompress,
    garbage: createGarbageMeter(),
    maxBytes: LARGE_FILE_BYTES,
    asMig: terms.asMig,
    postpone(file) {
      postponed.push(file);
      if (postponed.length === MAX_POSTPONED) context.maxBytes = Number.POSITIVE_INFINITY;
    },
    noteLongLine(file) {
      filesWithLongLines.count++;
      filesWithLongLines.first ??= file;
    },
  };
  return context;
}

/** Removes each file from `postponed` before it is read, so that the unread ones remain. */
async function evaluatePostponed(postponed: PostponedFile[], context: EvaluationContext): Promise<void> {
  context.maxBytes = Number.POSITIVE_INFINITY;
  postponed.sort((a, b) => a.size - b.size);
  while (true) {
    const next = postponed.shift();
    if (next === undefined) return;
    const active = next.plans.filter((plan) => mayContinue(plan, context.tally, next.file));
    await evaluateFile(next.file, active, context);
  }
}

/** A search that ended as it asked reports that itself. */
function noteEnd(
  { message, withoutNames, isOwnLimit, at }: DeadlineError,
  { plans, tally }: SearchRun,
): void {
  if (!isOwnLimit) tally.notice(message, withoutNames);
  for (const plan of isOwnLimit ? plans : []) {
    plan.limitsReached.add('maxtime');
    plan.stoppedAt ??= at;
  }
}

function noteUnreadFiles(count: number, tally: Tally): void {
  if (count > 0) tally.notice(`${count} files over 1 GB were not read: the time was over`);
}

function noteLongLines({ count, first }: FilesWithLongLines, tally: Tally): void {
  if (first === undefined) return;
  const text = `${count} files have lines over ${MAX_WHOLE_LINE_BYTES} bytes, which were searched in pieces: a match of more than ${OVERLAP_BYTES} bytes may be missing there`;
  tally.notice(`${text}; the first is ${toDisplayPath(first)}`, text);
}

/** Only birth times can be unknown. */
function noteUnknown(plans: SearchRun['plans'], tally: Tally): void {
  for (const { unknown, filter, value } of plans.flatMap(({ checks }) => checks)) {
    if (unknown === undefined) continue;
    const text = `-${CHECK_NAME[filter]} ${value}: ${unknown.count} files have no such time, because their file system records none, and were not compared`;
    tally.remark(`${text}; the first is ${toDisplayPath(unknown.first)}`, text);
  }
}
