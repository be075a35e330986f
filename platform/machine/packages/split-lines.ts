/** A longer line is none of a package manager: it is skipped. */
const MAX_LINE_BYTES = 64 * 1024;
const LINE_FEED = 10;

/** Splits a stream at its line feeds, in bounded memory. The last line may lack its line feed. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let isSkipping = false;
  for await (const chunk of chunks) {
    let start = 0;
    let feed = chunk.indexOf(LINE_FEED);
    while (feed !== -1) {
      const line = Buffer.concat([rest, chunk.subarray(start, feed)]);
      if (!isSkipping && line.length <= MAX_LINE_BYTES) yield line.toString();
      rest = Buffer.alloc(0);
      isSkipping = false;
      start = feed + 1;
      feed = chunk.indexOf(LINE_FEED, start);
    }
    if (isSkipping) continue;
    rest = Buffer.concat([rest, chunk.subarray(start)]);
    isSkipping = rest.length > MAX_LINE_BYTES;
    if (isSkipping) rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield rest.toString();
}
