import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentHost } from '../module.ts';
import { appendChunk, type PartialFile, prepareForBody, rangeHeaders } from './partial-file.ts';
import { RefusedError } from './refused-error.ts';
import { startStallWatchdog } from './stall-watchdog.ts';

interface Source {
  location: string;
  host: Pick<AgentHost, 'ca' | 'proxies' | 'allowsPlainHttp'>;
}

/** The pause before a round grows by this much with each round. */
const PAUSE_MS = 500;
const ROUNDS = 4;
const MAX_REDIRECTS = 5;

/**
 * Downloads into a new file of mode 0600 and returns its size. Resumes an interrupted download where the server supports
 * it. Throws when every route fails, the server refuses, or the file is too large.
 */
export async function download({ file, ...source }: Source & { file: string }): Promise<number> {
  const partial: PartialFile = { fd: openSync(file, 'wx', 0o600), bytes: 0, validator: undefined };
  try {
    await tryRoutes(source, partial);
    return partial.bytes;
  } finally {
    closeSync(partial.fd);
  }
}

/** Tries every proxy and then a direct connection, in several rounds. */
async function tryRoutes(source: Source, partial: PartialFile): Promise<void> {
  let lastError: unknown;
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) await sleep(PAUSE_MS * round);
    for (const proxy of [...source.host.proxies, undefined]) {
      try {
        return await fetchRest({ ...source, proxy }, partial);
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        lastError = error;
      }
    }
  }
  throw lastError;
}

async function fetchRest(
  { location, host, proxy }: Source & { proxy: string | undefined },
  partial: PartialFile,
): Promise<void> {
  const watchdog = startStallWatchdog();
  const request: RequestInit = {
    ...routeOptions(host.ca, proxy),
    // A compressed body would differ in length from the file.
    headers: { ...rangeHeaders(partial), 'Accept-Encoding': 'identity' },
    redirect: 'manual',
    signal: watchdog.signal,
  };
  try {
    const response = await followRedirects({ location, host, request });
    const expectedBytes = prepareForBody(partial, response);
    for await (const chunk of response.body ?? []) {
      watchdog.restart();
      appendChunk(partial, chunk as Uint8Array);
    }
    if (expectedBytes !== undefined && partial.bytes < expectedBytes) {
      throw new Error(`the connection ended after ${partial.bytes} of ${expectedBytes} bytes`);
    }
  } catch (error) {
    throw watchdog.signal.aborted ? watchdog.signal.reason : error;
  } finally {
    watchdog.stop();
  }
}

/** The runtime of the executable accepts a proxy and a CA as options of `fetch`. */
function routeOptions(ca: string | undefined, proxy: string | undefined): object {
  return {
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}

/** Follows redirects by hand, because each may lead to a URL that this build must not use. */
async function followRedirects(source: Source & { request: RequestInit }): Promise<Response> {
  let url = source.location;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    refuseUnencrypted(url, source.host);
    const response = await fetch(url, source.request);
    const location = response.headers.get('location');
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    if (!isRedirect) return response;
    await response.body?.cancel();
    url = new URL(location, url).href;
  }
  throw new RefusedError(`more than ${MAX_REDIRECTS} redirects`);
}

function refuseUnencrypted(url: string, { allowsPlainHttp }: Pick<AgentHost, 'allowsPlainHttp'>): void {
  if (url.startsWith('https://') || (allowsPlainHttp && url.startsWith('http://'))) return;
  throw new RefusedError(`${url}: this build of the agent downloads over https only`);
}
