/** What the reader process is to read. */
export interface ExportOrder {
  url: string;
  headers: Record<string, string>;
}

export interface ExportReading {
  seconds: number;
  bytes: number;
  items: number;
  /** The highest resident memory of this process. */
  peakMb: number;
}

/** What begins an item in MIG's envelope. */
const ITEM = '"data":[{"name":"item"';

// Reads an export of any length as its consumer should: chunk by chunk, as it comes.
process.once('message', (order: ExportOrder) => {
  void read(order).then((reading) => process.send?.(reading, () => process.exit()));
});

async function read({ url, headers }: ExportOrder): Promise<ExportReading> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers });
  if (response.status !== 200 || !response.body) throw new Error(`the API answered ${response.status}`);
  const decoder = new TextDecoder();
  let bytes = 0;
  let items = 0;
  let rest = '';
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    const text = rest + decoder.decode(chunk, { stream: true });
    const parts = text.split(ITEM);
    items += parts.length - 1;
    // An item may begin in one chunk and end in the next.
    rest = (parts.at(-1) ?? '').slice(-ITEM.length + 1);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, bytes, items, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) };
}
