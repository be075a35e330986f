import { decodeUtf8 } from '../../contract/go/utf8.ts';
import type { Check } from './plan.ts';

/** Windows number `from` up to, not including, `to`, half a window apart in these bytes. */
export interface Windows {
  bytes: Buffer;
  windowBytes: number;
  from: number;
  to: number;
}

/**
 * Whether one of the windows passes a check (spec/modules/memory.md#windows). Bytes are searched in one pass, since a byte
 * string is at most half a window long. A pattern is tested only in those windows that its prefilter does not exclude.
 */
export function isFound(check: Check, windows: Windows): boolean {
  const { needle, pattern } = check;
  const stretch = stretchOf(windows);
  if (needle) return stretch.includes(needle);
  if (!pattern) return false;
  const { literal, textFilter } = pattern;
  if (literal) return hasCandidate(windows, (at) => nextLiteral(stretch, literal, at), check);
  if (textFilter?.isAscii) {
    const text = stretch.toString('latin1');
    return hasCandidate(windows, (at) => nextFiltered(text, textFilter.regexp, at), check);
  }
  return hasMatch(windows, check, { from: windows.from, to: windows.to });
}

function stretchOf({ bytes, windowBytes, from, to }: Windows): Buffer {
  const half = windowBytes / 2;
  return bytes.subarray(from * half, Math.min(bytes.length, (to - 1) * half + windowBytes));
}

/** What every match contains, as a place in the stretch. */
interface Candidate {
  start: number;
  end: number;
}

function nextLiteral(stretch: Buffer, literal: Buffer, at: number): Candidate | undefined {
  const start = stretch.indexOf(literal, at);
  return start < 0 ? undefined : { start, end: start + literal.length };
}

function nextFiltered(text: string, filter: RegExp, at: number): Candidate | undefined {
  filter.lastIndex = at;
  const found = filter.exec(text);
  return found ? { start: found.index, end: found.index + found[0].length } : undefined;
}

/** Tests the windows that contain a candidate, each once. */
function hasCandidate(windows: Windows, next: (at: number) => Candidate | undefined, check: Check): boolean {
  const half = windows.windowBytes / 2;
  let tested = windows.from;
  let candidate = next(0);
  while (candidate && tested < windows.to) {
    // A filter may find more than a match needs, so a window that contains its start is a candidate, too.
    const last = windows.from + Math.floor(candidate.start / half);
    const from = Math.max(tested, last - 1);
    const to = Math.min(windows.to, last + 1);
    if (from < to && hasMatch(windows, check, { from, to })) return true;
    tested = Math.max(tested, to);
    // What begins before this place begins in no further window.
    candidate = next((tested - windows.from) * half);
  }
  return false;
}

function hasMatch(
  { bytes, windowBytes }: Windows,
  { pattern }: Check,
  { from, to }: { from: number; to: number },
): boolean {
  if (!pattern) return false;
  const half = windowBytes / 2;
  let matchesZeros: boolean | undefined;
  for (let window = from; window < to; window++) {
    const content = bytes.subarray(window * half, window * half + windowBytes);
    if (content.length !== windowBytes || !isZero(content)) {
      if (pattern.test(decodeUtf8(content))) return true;
      continue;
    }
    matchesZeros ??= pattern.test('\0'.repeat(windowBytes));
    if (matchesZeros) return true;
  }
  return false;
}

/** Each byte equals the one before it, and the first is zero: one comparison in native code. */
function isZero(content: Buffer): boolean {
  return content[0] === 0 && content.subarray(1).equals(content.subarray(0, -1));
}
