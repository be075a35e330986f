import { DeadlineError } from './deadline.ts';
import { MAX_WHOLE_LINE_BYTES, OVERLAP_BYTES } from './evaluate/block-cutter.ts';
import type { EvaluationContext, PostponedFile } from './evaluate/context.ts';
import { evaluateFile } from './evaluate/evaluate-file.ts';
import { createGarbageMeter } from './evaluate/garbage-meter.ts';
import { type Path, toDisplayPath } from './filesystem/paths.ts';
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
    tally.notice(error.message);
    noteUnreadFiles(postponed.length, tally);
  }
  noteLongLines(filesWithLongLines, tally);
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
    const active = next.plans.filter((plan) => mayContinue(plan, context.tally));
    await evaluateFile(next.file, active, context);
  }
}

function noteUnreadFiles(count: number, tally: Tally): void {
  if (count > 0) tally.notice(`${count} files over 1 GB were not read: the time was over`);
}

function noteLongLines({ count, first }: FilesWithLongLines, tally: Tally): void {
  if (first === undefined) return;
  tally.notice(
    `${count} files have lines over ${MAX_WHOLE_LINE_BYTES} bytes, which were searched in pieces: a match of more than ${OVERLAP_BYTES} bytes may be missing there; the first is ${toDisplayPath(first)}`,
  );
}
