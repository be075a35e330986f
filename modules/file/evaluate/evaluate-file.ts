import { createHash, type Hash, hash } from 'node:crypto';
import { goErrno } from '../../../contract/go/errno.ts';
import { TimeIsUp } from '../deadline.ts';
import { LazyFileInfo } from '../filesystem/file-info.ts';
import type { Take } from '../filesystem/gzip.ts';
import { type Path, shownPath } from '../filesystem/paths.ts';
import {
  FolderError,
  LargeFile,
  OpenError,
  type Reading,
  readChunks,
  readInflatedChunks,
} from '../filesystem/read-chunks.ts';
import type { Check, HashName, Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';
import { type Block, BlockCutter } from './blocks.ts';
import { ContentInspector } from './content.ts';

/** What one search wants of the file so far. */
interface Progress {
  plan: Plan;
  /** Often the plan's own set of all its metadata checks, until there is more. */
  wanted: ReadonlySet<Check>;
}

/** How files are evaluated, for all files of a run. */
export interface Evaluating extends Reading {
  tally: Tally;
  decompress: boolean;
  /** MIG's own programs ask: a line that is too long ends the inspection of a file. */
  asMig: boolean;
  /** Takes files that are too large to be read now. */
  postpone(file: Path, active: readonly Plan[], size: number): void;
  /** Told of a file in a line of which a match may have been missed. */
  noteLongLine(file: Path): void;
}

/** One file; not one object with what all share, which would be copied a million times. */
interface Subject {
  file: Path;
  run: Evaluating;
}

/**
 * Evaluates one file for all active searches: metadata, then content, then hashes
 * (spec/modules/file.md#evaluating-one-file). What can be done at once is: a promise for each of a million files is
 * slower than the files. Throws TimeIsUp, after what was found by then was recorded.
 */
export function evaluateFile(
  file: Path,
  active: readonly Plan[],
  run: Evaluating,
): Promise<void> | undefined {
  const subject = { file, run };
  let left: Progress[];
  try {
    left = passMetadata(active, file);
  } catch (error) {
    run.tally.error(`evaluateFile() -> stat ${shownPath(file)}: ${goErrno(error)}`);
    return undefined;
  }
  if (!left.some(({ plan }) => plan.contents.length + plan.hashes.length > 0)) {
    record(left, subject);
    return undefined;
  }
  if (run.decompress) return readInflated(left, subject);
  try {
    for (const start of READINGS) {
      const reading = start(left, subject);
      if (reading) left = reading.end(tryReading(reading.take, subject));
    }
  } finally {
    record(left, subject);
  }
  return undefined;
}

/** The same of what is inside gzip files. */
async function readInflated(searches: Progress[], subject: Subject): Promise<void> {
  let left = searches;
  try {
    for (const start of READINGS) {
      const reading = start(left, subject);
      if (!reading) continue;
      const failure = await readInflatedChunks(subject.file, reading.take, subject.run).catch(
        (error) => error,
      );
      left = reading.end(failure);
    }
  } finally {
    record(left, subject);
  }
}

function tryReading(take: Take, subject: Subject): unknown {
  try {
    readChunks(subject.file, take, subject.run);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The searches that can still match: in matchall one unwanted check decides. */
function passMetadata(active: readonly Plan[], file: Path): Progress[] {
  const left: Progress[] = [];
  const name = shownPath(file.slice(file.lastIndexOf('/') + 1));
  const info = new LazyFileInfo(file);
  for (const plan of active) {
    const isWanted = (check: Check) =>
      (check.testMetadata?.(name, info) !== check.isInverse) !== check.isMismatch;
    const { matchall } = plan.search.options;
    // A set is made only for a file that has something to add to it, which few have.
    if (!matchall) left.push({ plan, wanted: new Set(plan.metadata.filter(isWanted)) });
    else if (plan.metadata.every(isWanted)) left.push({ plan, wanted: plan.allMetadata });
  }
  return left;
}

/** One reading of a file, for what some searches ask of its bytes. */
interface FileReading {
  take: Take;
  /** Is told what made it fail, if anything, and gives the searches that can still match. Throws TimeIsUp. */
  end(failure: unknown): Progress[];
}

/** Undefined when no search asks. */
const READINGS: readonly ((left: Progress[], subject: Subject) => FileReading | undefined)[] = [
  readForContent,
  readForHashes,
];

function readForContent(left: Progress[], subject: Subject): FileReading | undefined {
  if (!left.some(({ plan }) => plan.contents.length > 0)) return undefined;
  const asking = left.flatMap(({ plan }) => (plan.contents.length > 0 ? [plan] : []));
  const { take, wanted } = startContent(asking, subject);
  return {
    take,
    end(failure) {
      if (failure instanceof LargeFile) return postpone(left, subject, failure);
      // A link to a folder is looked at like a file that has no lines.
      const isFolder = failure instanceof FolderError;
      const passed = withContent(left, wanted(isFolder ? undefined : failure));
      if (failure !== undefined && !isFolder) report(subject, 'checkContent() -> ', failure);
      return passed;
    },
  };
}

function readForHashes(left: Progress[], subject: Subject): FileReading | undefined {
  const names = hashNames(left);
  if (names.length === 0) return undefined;
  const { take, digests } = startHashes(names);
  return {
    take,
    end(failure) {
      if (failure instanceof LargeFile) return postpone(left, subject, failure);
      if (failure === undefined) withHashes(left, names, digests());
      else report(subject, 'checkHash() -> getHash() -> ', failure);
      return left;
    },
  };
}

/** What is known without its bytes counts at once; the rest comes later. */
function postpone(left: readonly Progress[], subject: Subject, { size }: LargeFile): Progress[] {
  const { file, run } = subject;
  record(left, subject);
  run.postpone(
    file,
    left.map(({ plan }) => plan),
    size,
  );
  return [];
}

function startContent(plans: readonly Plan[], { file, run }: Subject) {
  const cutter = new BlockCutter(run);
  const inspector = new ContentInspector(plans);
  let isOpen = true;
  const look = (blocks: readonly Block[]) => {
    for (const block of blocks) if (isOpen) isOpen = inspector.look(block);
  };
  return {
    take(chunk: Buffer, isWhole: boolean): boolean {
      look(isWhole ? cutter.pushWhole(chunk) : cutter.push(chunk));
      return isOpen && !cutter.hasEnded;
    },
    /** The checks that want the file, all of which was read unless there was a failure. */
    wanted(failure?: unknown): Map<Plan, Set<Check>> {
      look(failure === undefined ? cutter.finish() : cutter.breakOff());
      if (inspector.mayHaveMissed) run.noteLongLine(file);
      return failure === undefined ? inspector.wanted() : inspector.wantedSoFar();
    },
  };
}

function withContent(left: Progress[], satisfied: Map<Plan, Set<Check>>): Progress[] {
  return left.filter((progress) => {
    const { plan, wanted } = progress;
    const good = satisfied.get(plan);
    if (good?.size) progress.wanted = new Set([...wanted, ...good]);
    return !plan.search.options.matchall || plan.contents.every((check) => good?.has(check));
  });
}

/** Most runs have one search, whose names were collected once. */
function hashNames(left: readonly Progress[]): readonly HashName[] {
  if (left.length <= 1) return left[0]?.plan.hashNames ?? [];
  return [...new Set(left.flatMap(({ plan }) => plan.hashNames))];
}

/** Upper-case hex digests, in the order of their names; the file is read once for all of them. */
function startHashes(names: readonly HashName[]) {
  let whole: string[] | undefined;
  let hashes: Hash[] | undefined;
  const running = () => {
    hashes ??= names.map((name) => createHash(name));
    return hashes;
  };
  return {
    take(chunk: Buffer, isWhole: boolean): boolean {
      if (isWhole) whole = names.map((name) => hash(name, chunk, 'hex'));
      else for (const one of running()) one.update(chunk);
      return true;
    },
    digests(): string[] {
      const digests = whole ?? running().map((one) => one.digest('hex'));
      return digests.map((digest) => digest.toUpperCase());
    },
  };
}

function withHashes(left: readonly Progress[], names: readonly HashName[], digests: readonly string[]): void {
  for (const progress of left) {
    const { plan, wanted } = progress;
    const good = plan.hashes.filter(
      ({ hash: name, value, isMismatch }) =>
        name !== undefined && (digests[names.indexOf(name)] === value) !== isMismatch,
    );
    if (good.length > 0) progress.wanted = new Set([...wanted, ...good]);
  }
}

/** The SHA-256 of a file, or of what is inside it. */
export async function sha256Of(file: Path, reading: Reading & { decompress: boolean }): Promise<string> {
  const { take, digests } = startHashes(['sha256']);
  if (reading.decompress) await readInflatedChunks(file, take, reading);
  else readChunks(file, take, reading);
  return digests().join('');
}

/** Throws TimeIsUp on: that ends the run. */
function report({ run: { tally } }: Subject, where: string, failure: unknown): void {
  if (failure instanceof TimeIsUp) throw failure;
  const text = `${where}${failure instanceof Error ? failure.message : ''}`;
  if (failure instanceof OpenError) tally.openFailed(text);
  else tally.error(text);
}

/** One hit per check and file in matchany, per file in matchall; a root inside another finds nothing twice. */
function record(left: readonly Progress[], subject: Subject): void {
  for (const { plan, wanted } of left) {
    if (!plan.search.options.matchall) {
      for (const check of wanted) addHit(plan, check.matches, subject);
    } else if (plan.checks.length > 0 && wanted.size === plan.checks.length) {
      addHit(plan, plan.matches, subject);
    }
  }
}

function addHit(plan: Plan, matches: Set<string>, { file, run: { tally } }: Subject): void {
  if (matches.has(file)) return;
  matches.add(file);
  plan.hits++;
  tally.totalHits++;
}
