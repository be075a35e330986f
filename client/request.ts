import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../contract/errors.ts';
import { abortAfter } from '../platform/async/abort-after.ts';
import type { Credentials } from './credentials.ts';
import { readEnvelope } from './envelope.ts';
import { readBounded } from './read-bounded.ts';
import { reasonOf } from './reason-of.ts';

export interface ConnectionOptions {
  /** The base address, with a slash at its end: `https://mig.example.net/api/v1/`. */
  url: string;
  /** What the API's log calls this program. */
  userAgent: string;
  /** Receives a line for each request, without credentials, for debugging. */
  trace?: ((line: string) => void) | undefined;
  /** Receives a line when the API stops responding, and when it responds again. */
  note?: ((line: string) => void) | undefined;
  /** How long to retry an API that responded before. */
  retryMs?: number | undefined;
  /** The largest answer that is read. */
  maxAnswerBytes?: number | undefined;
  /** What to do when the API cannot be reached: the end of that error's message. */
  unreachableHint?: string | undefined;
  /** The signal that aborts a request, asked for at its beginning. */
  signal?: (() => AbortSignal) | undefined;
}

/** Sends one request with credentials; throws without a response. */
export type Request = (path: string, init?: RequestInit & { isStream?: boolean }) => Promise<Response>;

const REQUEST_TIMEOUT_MS = 60_000;
/** By default longer than a restart, an upgrade or a network outage. */
const RETRY_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5_000;
const OUTAGE_STATUSES = [502, 503, 504];
/** More than a manifest, which is the largest record, takes as JSON. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * Retries only an API that has responded before: another one may have a wrong address, and its error is thrown at once. Only
 * requests that may be sent twice are retried: reads, and posts with an Idempotency-Key.
 */
export function createRequest(options: ConnectionOptions & { credentials: Credentials }): Request {
  const { note = () => {}, retryMs = RETRY_MS } = options;
  const send = createSend(options);
  const stopOf = ({ signal }: RequestInit) =>
    [signal, options.signal?.()].filter((one) => one instanceof AbortSignal);
  let hasResponded = false;

  return async (path, init = {}) => {
    const isRepeatable = init.method !== 'POST' || new Headers(init.headers).has('Idempotency-Key');
    const startMs = Date.now();
    let pauseMs = FIRST_PAUSE_MS;
    let isOut = false;
    const onOutage = (reason: string) => {
      if (!isOut) note(`${reason}: trying again`);
      isOut = true;
    };
    while (true) {
      const isLastTry = !isRepeatable || !hasResponded || Date.now() - startMs >= retryMs;
      try {
        const response = await send(path, init);
        const isOutage = OUTAGE_STATUSES.includes(response.status);
        hasResponded ||= !isOutage;
        if (isOut && !isOutage) note('the API answers again');
        if (isLastTry || !isOutage) return response;
        onOutage(`the API answers ${response.status}${await reasonIn(response.clone())}`);
      } catch (error) {
        if (isLastTry || !isOutageError(error)) throw error;
        onOutage(error.message);
      }
      await sleep(pauseMs, undefined, { signal: AbortSignal.any(stopOf(init)) });
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  };
}

function createSend(options: ConnectionOptions & { credentials: Credentials }): Request {
  const { url, userAgent, credentials, trace = () => {}, unreachableHint, signal: stopOf } = options;
  const maxBytes = options.maxAnswerBytes ?? MAX_ANSWER_BYTES;
  const sendOnce: Request = async (path, { isStream = false, ...init } = {}) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...requireSendable(await credentials.headers()),
      'User-Agent': userAgent,
    };
    const startMs = performance.now();
    const stop = stopOf?.();
    const others = [init.signal, stop].filter((one) => one instanceof AbortSignal);
    const { signal, dispose, stopTimer } = abortAfter(REQUEST_TIMEOUT_MS, others);
    let isOpen = false;
    try {
      // Credentials are for this address alone.
      const response = await fetch(new URL(path, url), { ...init, signal, headers, redirect: 'manual' });
      // A refusal is no stream, and is read whole.
      isOpen = isStream && response.ok;
      const received = isOpen ? response : await readWhole(response, maxBytes);
      const ms = Math.round(performance.now() - startMs);
      trace(`${init.method ?? 'GET'} ${path} ${response.status} ${ms} ms`);
      return received;
    } catch (cause) {
      if (init.signal?.aborted || stop?.aborted || cause instanceof MigError) throw cause;
      const hint = unreachableHint === undefined ? '' : `; ${unreachableHint}`;
      throw new MigError('unavailable', `${url} cannot be reached: ${reasonOf(cause)}${hint}`, { cause });
    } finally {
      // The signal of a stream is needed until its last byte.
      if (isOpen) stopTimer();
      else dispose();
    }
  };
  // A session may end early. A request that gets a 401 had no effect, so it is sent again with a new session.
  return async (path, init = {}) => {
    const response = await sendOnce(path, init);
    if (response.status !== 401 || !credentials.renew()) return response;
    await response.body?.cancel();
    return sendOnce(path, init);
  };
}

/** The error of fetch would quote the header, which is a secret. */
function requireSendable(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    // A token has line breaks at its end, which fetch leaves out.
    if (/^[\t\x20-\x7e]*$/.test(value.trim())) continue;
    throw new MigError(
      'config_invalid',
      `the credentials have characters that ${name} cannot have: an API key is one word, on one line`,
    );
  }
  return headers;
}

/** An answer that is too large is so every time. */
function isOutageError(error: unknown): error is MigError {
  return error instanceof MigError && error.code === 'unavailable';
}

/** Reads the whole body, so that a connection that breaks half-way fails here. */
async function readWhole(response: Response, maxBytes: number): Promise<Response> {
  const { status, headers } = response;
  const body = await readBounded(response, maxBytes);
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/** Why an API does not serve a request, in parentheses; empty when the answer has no reason, as that of a proxy. */
async function reasonIn(response: Response): Promise<string> {
  const error = await readEnvelope(response).catch((problem: unknown) => problem);
  return error instanceof MigError && !(error.cause instanceof Error) ? ` (${error.message})` : '';
}
