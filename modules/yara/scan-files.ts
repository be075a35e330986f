import { closeSync, readSync } from 'node:fs';
import { goErrno } from '../../contract/go/errno.ts';
import { LargeFileError, openRegularFile, type Path, toDisplayPath } from '../file/find-files.ts';
import type { Findings } from './result.ts';
import type { LargeRules } from './rules/large-rules.ts';
import type { Answer, Scanner } from './scanner.ts';

/** Larger files are scanned in windows: a scan has its file in memory twice, and the engine beside it. */
const WHOLE_FILE_BYTES = 32 * 1024 ** 2;
/** The time of the processor for a file: MIG's limit, and more for a large one. */
const FILE_MS = 10_000;
const FILE_MS_PER_MB = 1000;
/** The most errors, and the most limits, before a last one: unreadable files must not fill the memory. */
const MAX_ERRORS = 10_000;

interface Scan {
  scanner: Scanner;
  /** Undefined for rules that cannot be evaluated on parts of a file. */
  largeRules: LargeRules | undefined;
  endsAtMs: number;
  found: Findings;
}

/** A thread that is lost cannot be asked again: another one must replace it. */
type ThreadState = 'ready' | 'lost';

/** A file to scan, with its size when it is a large one. */
interface Target {
  path: Path;
  size?: number;
}

/** Scans files in their order, the large ones after all others, until the time is over. */
export async function scanFiles(paths: readonly Path[], scan: Scan): Promise<void> {
  const large: Required<Target>[] = [];
  let left = paths.length;
  for (const target of inOrder(paths, large)) {
    if (performance.now() >= scan.endsAtMs) return reportEnd(target.path, { left, scan });
    const outcome = await scanTarget(target, scan);
    if (typeof outcome === 'number') {
      large.push({ path: target.path, size: outcome });
      continue;
    }
    left--;
    if (outcome === 'lost' && left > 0 && !(await replaceThread(scan))) {
      return reportEnd(target.path, { left, scan });
    }
  }
}

/** The large files become known while the others are scanned. */
function* inOrder(paths: readonly Path[], large: Required<Target>[]): Generator<Target> {
  for (const path of paths) yield { path };
  large.sort((one, other) => one.size - other.size);
  yield* large;
}

/** Returns the size of a file that is to be scanned with the large ones. */
async function scanTarget(target: Target, scan: Scan): Promise<ThreadState | number> {
  const maxBytes = target.size === undefined ? WHOLE_FILE_BYTES : Number.POSITIVE_INFINITY;
  const name = toDisplayPath(target.path);
  let fd: number | undefined;
  try {
    const opened = openRegularFile(target.path, maxBytes);
    fd = opened.fd;
    if (opened.size <= WHOLE_FILE_BYTES) return await scanWhole(opened, { name, scan });
    return await scanWindows(opened, { name, scan });
  } catch (error) {
    if (error instanceof LargeFileError) return error.size;
    reportError(scan, `${name}: ${withoutName(error, name)}`);
    return 'ready';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

interface Opened {
  fd: number;
  size: number;
}

async function scanWhole({ fd, size }: Opened, { name, scan }: { name: string; scan: Scan }) {
  const request = { type: 'whole', fd, size, maxBytes: WHOLE_FILE_BYTES } as const;
  const answer = await scan.scanner.ask(request, timeLimitFor(size, scan));
  if (answer.type !== 'scanned') return reportFailure(answer, { name, scan });
  const { matched, cut } = answer;
  addMatch(matched, { name, scan });
  const counting = cut.filter((rule) => scan.largeRules?.counting.has(rule) ?? true);
  if (counting.length > 0) {
    reportLimit(
      scan,
      `${name}: a pattern has too many matches to count them all, in the rules ${listed(counting)}`,
    );
  }
  return 'ready';
}

async function scanWindows({ fd, size }: Opened, { name, scan }: { name: string; scan: Scan }) {
  const { largeRules, scanner } = scan;
  if (largeRules === undefined) {
    reportLimit(scan, `${name}: not scanned, since it has ${size} bytes, and these rules need it whole`);
    return 'ready';
  }
  const { collector: source } = largeRules;
  const answer: Answer =
    source === ''
      ? { type: 'found', patterns: [] }
      : await scanner.ask({ type: 'windows', fd, size, source }, timeLimitFor(size, scan));
  if (answer.type !== 'found') return reportFailure(answer, { name, scan });
  const { matched, undecided } = largeRules.evaluate(new Map(answer.patterns), {
    bytes: size,
    readInteger: (type, offset) => readInteger(fd, { type, offset }),
  });
  addMatch(matched, { name, scan });
  if (undecided.length > 0) {
    reportLimit(
      scan,
      `${name}: has ${size} bytes, and these rules need the whole of a file: ${listed(undecided)}`,
    );
  }
  return 'ready';
}

function readInteger(fd: number, { type, offset }: { type: string; offset: number }): number | undefined {
  const bytes = Number(/\d+/.exec(type)?.[0]) / 8;
  const buffer = Buffer.alloc(bytes);
  if (readSync(fd, buffer, 0, bytes, offset) < bytes) return undefined;
  const isBigEndian = type.endsWith('be');
  if (type.startsWith('u')) return isBigEndian ? buffer.readUIntBE(0, bytes) : buffer.readUIntLE(0, bytes);
  return isBigEndian ? buffer.readIntBE(0, bytes) : buffer.readIntLE(0, bytes);
}

function timeLimitFor(size: number, { endsAtMs }: Scan) {
  return { cpuMs: FILE_MS + (size / 1024 ** 2) * FILE_MS_PER_MB, endsAtMs };
}

function addMatch(matched: string[], { name, scan }: { name: string; scan: Scan }): void {
  if (matched.length > 0) scan.found.matches.push({ Object: name, MatchedRules: matched });
}

function reportFailure(answer: Answer, { name, scan }: { name: string; scan: Scan }): ThreadState {
  switch (answer.type) {
    case 'failed':
      reportError(scan, `${name}: ${answer.code === undefined ? answer.message : goErrno(answer)}`);
      return 'ready';
    case 'crashed':
      reportError(scan, `${name}: the scan crashed: ${answer.message}`);
      return 'lost';
    default:
      reportLimit(scan, `${name}: not scanned to its end, because a rule took too long`);
      return 'lost';
  }
}

/** Returns false when no thread can scan the next file. */
async function replaceThread({ scanner, endsAtMs }: Scan): Promise<boolean> {
  if (!(await scanner.stop(endsAtMs - performance.now()))) return false;
  const answer = await scanner.compile({ cpuMs: Number.POSITIVE_INFINITY, endsAtMs });
  return answer.type === 'compiled';
}

function reportEnd(path: Path, { left, scan }: { left: number; scan: Scan }): void {
  reportLimit(scan, `the scan ended at ${toDisplayPath(path)}: ${left} files were not scanned`);
}

function reportError({ found: { errors } }: Scan, error: string): void {
  addWithinLimit(errors, error);
}

function reportLimit({ found: { limits } }: Scan, text: string): void {
  addWithinLimit(limits, text);
}

function addWithinLimit(list: string[], text: string): void {
  if (list.length < MAX_ERRORS) list.push(text);
  else if (list.length === MAX_ERRORS)
    list.push(`there are more than ${MAX_ERRORS} of these; the rest is not listed`);
}

/** Errors of module `file` name the path, as this module does in front. */
function withoutName(error: unknown, name: string): string {
  const text = goErrno(error);
  const end = text.indexOf(`${name}: `);
  return end < 0 ? text : text.slice(end + name.length + 2);
}

const MAX_LISTED = 20;

function listed(rules: readonly string[]): string {
  const more = rules.length - MAX_LISTED;
  return more > 0 ? `${rules.slice(0, MAX_LISTED).join(', ')}, and ${more} more` : rules.join(', ');
}
