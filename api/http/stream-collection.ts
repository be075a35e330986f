import type { Context } from 'hono';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { breakConnection } from './break-connection.ts';
import { collectionParts, type Item, itemJson } from './envelope.ts';
import { JSON_HEADERS } from './errors.ts';

/** An answer up to this size is sent in one piece, with its length. */
const WHOLE_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;

export interface StreamedItems {
  pages: AsyncGenerator<Item[]>;
  /** What follows the last record. */
  trailer: Item[];
  /** A client that takes nothing for this long loses its answer: it holds a connection to the database. */
  stalledClientMs: number;
  /** Asked before each further piece: a long answer outlives the right to it. */
  isAllowed: () => Promise<boolean>;
}

/**
 * Answers with all items of all pages in MIG's envelope, holding one page at a time. Returns undefined, with nothing
 * sent, when there are none. A failure before the first piece is the caller's; one after it breaks the connection, so
 * that no client takes half an answer for a whole one.
 */
export async function streamCollection(
  c: Context<ApiEnv>,
  items: StreamedItems,
): Promise<Response | undefined> {
  const first = await items.pages.next();
  if (first.done) return undefined;
  const chunks = textOf(c.get('href'), first.value, items);
  let begin = '';
  while (begin.length <= WHOLE_BYTES) {
    const chunk = await chunks.next();
    if (chunk.done) return c.body(begin, 200, JSON_HEADERS);
    begin += chunk.value;
  }
  return c.body(streamOf(c, { begin, chunks, items }), 200, JSON_HEADERS);
}

async function* textOf(
  href: string,
  first: Item[],
  { pages, trailer }: StreamedItems,
): AsyncGenerator<string> {
  const { head, tail } = collectionParts(href);
  let text = head;
  let separator = '';
  try {
    let page: Item[] | undefined = first;
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

/** Makes the next chunk when the client has taken the last one. */
function streamOf(
  c: Context<ApiEnv>,
  { begin, chunks, items }: { begin: string; chunks: AsyncGenerator<string>; items: StreamedItems },
): ReadableStream {
  const log = c.get('log').child({ requestId: c.get('requestId') });
  const encoder = new TextEncoder();
  let stalled: NodeJS.Timeout | undefined;
  const expectTaking = () => {
    stalled = setTimeout(() => {
      log.warn('client takes nothing of its answer');
      breakConnection(c);
      void chunks.return(undefined);
    }, items.stalledClientMs);
  };
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(begin));
      expectTaking();
    },
    async pull(controller) {
      clearTimeout(stalled);
      try {
        if (!(await items.isAllowed())) {
          await chunks.return(undefined);
          throw new MigError('forbidden', 'its investigator lost the right to it');
        }
        const chunk = await chunks.next();
        if (chunk.done) return controller.close();
        controller.enqueue(encoder.encode(chunk.value));
        expectTaking();
      } catch (error) {
        const level = errorCode(error) === 'forbidden' ? 'info' : 'error';
        log[level]({ error: errorMessage(error) }, 'answer broken off');
        if (breakConnection(c)) controller.close();
        else controller.error(error);
      }
    },
    cancel() {
      clearTimeout(stalled);
      return void chunks.return(undefined);
    },
  });
}
