import type { Context } from 'hono';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { breakConnection } from './break-connection.ts';
import { collectionParts, type Item, itemJson } from './envelope.ts';
import { JSON_HEADERS } from './errors.ts';

/** A response up to this size is sent in one piece, with its length. */
const WHOLE_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;

export interface StreamedItems {
  pages: AsyncGenerator<Item[]>;
  /** The items after the last record. */
  trailer: Item[];
  /** A client that reads nothing for this long loses its response, which occupies a connection to the database. */
  stalledClientMs: number;
  /** Called before each later chunk: the investigator may lose the permission during a long response. */
  isAllowed: () => Promise<boolean>;
}

type Chunks = AsyncGenerator<string>;

/**
 * Responds with the items of all pages in MIG's envelope, with one page in memory at a time. Returns undefined, with
 * nothing sent, when there are no items. A failure before the first chunk is thrown; a later one breaks the connection, so
 * that no client mistakes half a response for all of it.
 */
export async function streamCollection(
  c: Context<ApiEnv>,
  items: StreamedItems,
): Promise<Response | undefined> {
  const firstPage = await items.pages.next();
  if (firstPage.done) return undefined;
  const chunks = encodeChunks(c.get('href'), firstPage.value, items);
  let start = '';
  while (start.length <= WHOLE_BYTES) {
    const chunk = await chunks.next();
    if (chunk.done) return c.body(start, 200, JSON_HEADERS);
    start += chunk.value;
  }
  return c.body(createStream(c, { start, chunks, items }), 200, JSON_HEADERS);
}

async function* encodeChunks(href: string, firstPage: Item[], { pages, trailer }: StreamedItems): Chunks {
  const { head, tail } = collectionParts(href);
  let text = head;
  let separator = '';
  try {
    let page: Item[] | undefined = firstPage;
    while (page !== undefined) {
      for (const item of page) {
        text += separator + itemJson(item);
        separator = ',';
        if (text.length < CHUNK_BYTES) continue;
        yield text;
        text = '';
      }
      page = (await pages.next()).value;
    }
  } finally {
    await pages.return(undefined);
  }
  yield text + trailer.map((item) => `,${itemJson(item)}`).join('') + tail;
}

interface StreamSource {
  start: string;
  chunks: Chunks;
  items: StreamedItems;
}

/** Creates each chunk after the client has read the previous one. */
function createStream(c: Context<ApiEnv>, { start, chunks, items }: StreamSource): ReadableStream {
  const log = c.get('log').child({ requestId: c.get('requestId') });
  const encoder = new TextEncoder();
  let stallTimer: NodeJS.Timeout | undefined;

  const onStall = () => {
    log.warn('client does not read its response');
    breakConnection(c);
    void chunks.return(undefined); // it may wait for the database
  };
  const send = (controller: ReadableStreamDefaultController, text: string) => {
    controller.enqueue(encoder.encode(text));
    stallTimer = setTimeout(onStall, items.stalledClientMs);
  };

  return new ReadableStream({
    start(controller) {
      send(controller, start);
    },
    async pull(controller) {
      clearTimeout(stallTimer);
      try {
        const chunk = await nextChunk(chunks, items);
        if (chunk.done) controller.close();
        else send(controller, chunk.value);
      } catch (error) {
        const level = errorCode(error) === 'forbidden' ? 'info' : 'error';
        log[level]({ error: errorMessage(error) }, 'response broken off');
        if (breakConnection(c)) controller.close();
        else controller.error(error);
      }
    },
    cancel() {
      clearTimeout(stallTimer);
      void chunks.return(undefined); // it may wait for the database
    },
  });
}

async function nextChunk(chunks: Chunks, { isAllowed }: StreamedItems): Promise<IteratorResult<string>> {
  if (await isAllowed()) return chunks.next();
  await chunks.return(undefined);
  throw new MigError('forbidden', 'the investigator lost the permission');
}
