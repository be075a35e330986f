import type { Area } from './areas.ts';
import type { Target } from './target.ts';

/** Some windows of an area. It is valid until the next one is read. */
export interface Span {
  address: number;
  bytes: Buffer;
  /** How many windows begin here, half a window apart; only the last one of an area may be shorter. */
  windows: number;
}

export interface SpanSource {
  target: Target;
  /** It holds several windows. */
  buffer: Buffer;
  windowBytes: number;
  /** Called for each address at which memory cannot be read. */
  onFailure(address: number, error: unknown): void;
}

/** Reads an area in spans of whole windows. After a failure it continues at the next mapping. */
export function* readSpans(area: Area, source: SpanSource): Generator<Span> {
  let start: number | undefined = area.start;
  while (start !== undefined) {
    const failedAt: number | undefined = yield* readStretch({ start, end: area.end }, source);
    start = failedAt === undefined ? undefined : area.starts.find((next) => next > failedAt);
  }
}

/** Returns the address that could not be read; undefined at the end. */
function* readStretch(
  { start, end }: { start: number; end: number },
  source: SpanSource,
): Generator<Span, number | undefined> {
  const { buffer, windowBytes } = source;
  const half = windowBytes / 2;
  let address = start;
  let kept = 0;
  while (true) {
    const wanted = Math.min(buffer.length - kept, end - address - kept);
    const { count, isFailed } = fill(buffer.subarray(kept, kept + wanted), address + kept, source);
    const length = kept + count;
    const isEnd = isFailed || address + length >= end;
    const windows = countWindows(length, { windowBytes, isEnd });
    if (windows > 0) yield { address, bytes: buffer.subarray(0, length), windows };
    if (isEnd) return isFailed ? address + length : undefined;
    // The next window begins in these bytes.
    const next = windows * half;
    buffer.copyWithin(0, next, length);
    kept = length - next;
    address += next;
  }
}

/** At the end of a stretch the rest is a shorter window, unless the window before contains it. */
function countWindows(
  length: number,
  { windowBytes, isEnd }: { windowBytes: number; isEnd: boolean },
): number {
  if (length === 0) return 0;
  const half = windowBytes / 2;
  if (!isEnd) return Math.floor((length - windowBytes) / half) + 1;
  return Math.max(0, Math.ceil((length - windowBytes) / half)) + 1;
}

/** Reads until the buffer is full: the kernel returns less before memory that it cannot read. */
function fill(
  into: Buffer,
  address: number,
  { target, onFailure }: SpanSource,
): { count: number; isFailed: boolean } {
  let count = 0;
  while (count < into.length) {
    try {
      const read = target.read(into.subarray(count), address + count);
      if (read === 0) return { count, isFailed: true };
      count += read;
    } catch (error) {
      onFailure(address + count, error);
      return { count, isFailed: true };
    }
  }
  return { count, isFailed: false };
}
