import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { goErrno } from '../../contract/go/errno.ts';

export interface DownloadOptions {
  ca: string | undefined;
  /** URLs; each is tried before the direct way. */
  proxies: readonly string[];
  allowsPlainHttp: boolean;
}

/** Four times what an executable has. */
const MAX_BYTES = 400 * 1024 * 1024;
/** A server that sends nothing for so long is left. */
const STALL_MS = 20_000;
const ROUNDS = 4;
const PAUSE_MS = 500;
const MAX_REDIRECTS = 5;

/**
 * Fetches `location` into a new file of mode 0600 and tells its size in bytes. What broke off goes on where it was,
 * when the server can do that. Throws when no way leads there, when the server says no, or sends too much.
 */
export async function download(location: string, file: string, options: DownloadOptions): Promise<number> {
  const part: Part = { fd: openSync(file, 'wx', 0o600), bytes: 0, tag: undefined };
  try {
    let last: unknown;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await sleep(PAUSE_MS * round);
      for (const proxy of [...options.proxies, undefined]) {
        try {
          await fetchRest(location, part, { ...options, proxy });
          return part.bytes;
        } catch (error) {
          if (error instanceof Refused) throw error;
          last = error;
        }
      }
    }
    throw last;
  } finally {
    closeSync(part.fd);
  }
}

interface Part {
  fd: number;
  bytes: number;
  /** What the server calls this state of the file: a part of another one must not follow. */
  tag: string | undefined;
}

/** No other way and no other time will help. */
class Refused extends Error {}

async function fetchRest(
  location: string,
  part: Part,
  { ca, proxy, allowsPlainHttp }: DownloadOptions & { proxy: string | undefined },
): Promise<void> {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${STALL_MS / 1000} s`)), STALL_MS);
  };
  // The runtime of the executable takes a proxy and a CA here.
  const way = {
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
  const canResume = part.bytes > 0 && part.tag !== undefined;
  const headers: Record<string, string> = canResume
    ? { Range: `bytes=${part.bytes}-`, 'If-Range': part.tag ?? '' }
    : {};
  // What is compressed on its way has another length than the file.
  headers['Accept-Encoding'] = 'identity';
  alive();
  try {
    const answer = await follow(location, allowsPlainHttp, (url) =>
      fetch(url, { ...way, headers, redirect: 'manual', signal: stalled.signal }),
    );
    const expected = begin(part, answer);
    for await (const chunk of answer.body ?? []) {
      alive();
      write(part, chunk as Uint8Array);
    }
    if (expected !== undefined && part.bytes < expected) {
      throw new Error(`the connection ended after ${part.bytes} of ${expected} bytes`);
    }
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function follow(
  location: string,
  allowsPlainHttp: boolean,
  ask: (url: string) => Promise<Response>,
): Promise<Response> {
  let url = location;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    if (!url.startsWith('https://') && !(allowsPlainHttp && url.startsWith('http://'))) {
      throw new Refused(`${url}: this build of the agent downloads over https only`);
    }
    const answer = await ask(url);
    const next = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || next === null) return answer;
    await answer.body?.cancel();
    url = new URL(next, url).href;
  }
  throw new Refused(`more than ${MAX_REDIRECTS} redirects`);
}

/** Where the body that comes now belongs, and the size that the file will have, if the server says so. */
function begin(part: Part, answer: Response): number | undefined {
  const { status, headers } = answer;
  const length = headers.get('content-length');
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (Number(from) !== part.bytes) throw new Error('the server sent another part than was asked for');
    return Number(total);
  }
  // Too busy, or broken for a moment: later, perhaps.
  if (status >= 500 || status === 429) throw new Error(`the server answered ${status}`);
  if (status !== 200) throw new Refused(`the server answered ${status}`);
  ftruncateSync(part.fd, 0);
  part.bytes = 0;
  part.tag = strongTag(headers.get('etag')) ?? headers.get('last-modified') ?? undefined;
  if (length === null) return undefined;
  if (Number(length) > MAX_BYTES) throw tooLarge();
  return Number(length);
}

function strongTag(tag: string | null): string | undefined {
  return tag === null || tag.startsWith('W/') ? undefined : tag;
}

function write(part: Part, chunk: Uint8Array): void {
  if (part.bytes + chunk.length > MAX_BYTES) throw tooLarge();
  for (let done = 0; done < chunk.length; ) {
    try {
      done += writeSync(part.fd, chunk, done, chunk.length - done, part.bytes + done);
    } catch (cause) {
      throw new Refused(goErrno(cause), { cause });
    }
  }
  part.bytes += chunk.length;
}

function tooLarge(): Refused {
  return new Refused(`the file has more than ${MAX_BYTES} bytes`);
}
