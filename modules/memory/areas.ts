import type { Target } from './target.ts';

/** A stretch of readable memory. */
export interface Area {
  start: number;
  end: number;
  /** The addresses at which its mappings begin: where reading goes on after a failure. */
  starts: number[];
}

/** A readable mapping. */
export interface Part {
  start: number;
  end: number;
  /** Whether only the pages that the process has touched are read. */
  isSparse: boolean;
}

export interface AreaSource {
  parts: readonly Part[];
  target: Target;
  /** The first address to read. */
  offset: number;
  windowBytes: number;
}

/** The areas to read, in order of their addresses. Adjacent mappings are one area. */
export function* readableAreas(source: AreaSource): Generator<Area> {
  let area: Area | undefined;
  for (const { start, end } of pieces(source)) {
    if (area?.end === start) {
      area.end = end;
      area.starts.push(start);
      continue;
    }
    if (area) yield area;
    area = { start, end, starts: [start] };
  }
  if (area) yield area;
}

interface Piece {
  start: number;
  end: number;
}

function* pieces({ parts, target, offset, windowBytes }: AreaSource): Generator<Piece> {
  for (const part of parts) {
    if (part.end <= offset) continue;
    const piece = { start: Math.max(part.start, offset), end: part.end };
    if (part.isSparse && target.readPagemap) yield* touchedPieces(piece, target.readPagemap, windowBytes);
    else yield piece;
  }
}

const PAGE_BYTES = 4096;
const ENTRY_BYTES = 8;
const ENTRIES_PER_READ = 8192;
/** Smaller gaps are read, too: one long reading is cheaper than many short ones. */
const SMALL_GAP_BYTES = 16 * PAGE_BYTES;

/** The pieces in memory or in swap, each with one window of zeros around it, for matches that end in untouched pages. */
function* touchedPieces(
  { start, end }: Piece,
  readPagemap: NonNullable<Target['readPagemap']>,
  windowBytes: number,
): Generator<Piece> {
  const around = Math.ceil(windowBytes / PAGE_BYTES) * PAGE_BYTES;
  let piece: Piece | undefined;
  for (const page of touchedPages({ start, end }, readPagemap)) {
    const from = Math.max(start, page - around);
    const to = Math.min(end, page + PAGE_BYTES + around);
    if (piece && from - piece.end <= SMALL_GAP_BYTES) {
      piece.end = to;
      continue;
    }
    if (piece) yield piece;
    piece = { start: from, end: to };
  }
  if (piece) yield piece;
}

/** The addresses of the pages that are in memory or in swap: bits 63 and 62 of their entries (pagemap(5)). */
function* touchedPages(
  { start, end }: Piece,
  readPagemap: NonNullable<Target['readPagemap']>,
): Generator<number> {
  const buffer = Buffer.alloc(ENTRIES_PER_READ * ENTRY_BYTES);
  const halves = new Uint32Array(buffer.buffer, buffer.byteOffset, ENTRIES_PER_READ * 2);
  let page = Math.floor(start / PAGE_BYTES);
  const lastPage = Math.ceil(end / PAGE_BYTES);
  while (page < lastPage) {
    const wanted = Math.min(ENTRIES_PER_READ, lastPage - page);
    const count = Math.floor(
      readPagemap(buffer.subarray(0, wanted * ENTRY_BYTES), page * ENTRY_BYTES) / ENTRY_BYTES,
    );
    if (count === 0) return; // The process has ended.
    for (let entry = 0; entry < count; entry++) {
      if ((halves[2 * entry + 1] as number) >>> 30 !== 0) yield (page + entry) * PAGE_BYTES;
    }
    page += count;
  }
}
