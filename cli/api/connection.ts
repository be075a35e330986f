import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import { abortAfter } from '../../platform/async/abort-after.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';
import { createCredentials } from './credentials.ts';
import { readEnvelope } from './envelope.ts';
import { reasonOf } from './reason-of.ts';

export interface ConnectionOptions {
  apiUrl: string;
  signer: Signer;
  version: string;
  /** Receives a line for each request, without tokens, for debugging. */
  trace?: ((line: string) => void) | undefined;
  /** Receives a line when the API stops responding, and when it responds again. */
  note?: (line: string) => void;
  /** How long to retry an API that responded before. */
  retryMs?: number | undefined;
  /** The signal that aborts a request, asked for at its beginning. */
  signal?: (() => AbortSignal) | undefined;
}

/** Sends one request as the investigator; throws without a response. */
export type Request = (path: string, init?: RequestInit & { isStream?: boolean }) => Promise<Response>;

const REQUEST_TIMEOUT_MS = 60_000;
/** By default longer than a restart, an upgrade or a network outage. */
const RETRY_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5_000;
const OUTAGE_STATUSES = [502, 503, 504];

/**
 * Retries only an API that has responded before: another one may have a wrong address, and its error is thrown at once. Only
 * requests that may be sent twice are retried: reads, and posts with an Idempotency-Key.
 */
export function createRequest({
  trace = () => {},
  note = () => {},
  retryMs = RETRY_MS,
  ...target
}: ConnectionOptions): Request {
  const send = createSend({ ...target, trace });
  const stopOf = ({ signal }: RequestInit) =>
    [signal, target.signal?.()].filter((one) => one instanceof AbortSignal);
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
        if (isLastTry || !(error instanceof MigError)) throw error;
        onOutage(error.message);
      }
      await sleep(pauseMs, undefined, { signal: AbortSignal.any(stopOf(init)) });
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  };
}

function createSend({
  apiUrl,
  signer,
  version,
  trace,
  signal: stopOf,
}: Pick<ConnectionOptions, 'apiUrl' | 'signer' | 'version' | 'signal'> & {
  trace: (line: string) => void;
}): Request {
  const userAgent = `MIG Client mig-${version}`;
  const credentials = createCredentials({ apiUrl, signer, userAgent });
  const sendOnce: Request = async (path, { isStream = false, ...init } = {}) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(await credentials.headers()),
      'User-Agent': userAgent,
    };
    const startMs = performance.now();
    const stop = stopOf?.();
    const others = [init.signal, stop].filter((one) => one instanceof AbortSignal);
    const { signal, dispose } = abortAfter(isStream ? undefined : REQUEST_TIMEOUT_MS, others);
    try {
      const response = await fetch(new URL(path, apiUrl), { ...init, signal, headers });
      const received = isStream ? response : await readWhole(response);
      const ms = Math.round(performance.now() - startMs);
      trace(`${init.method ?? 'GET'} ${path} ${response.status} ${ms} ms`);
      return received;
    } catch (cause) {
      if (init.signal?.aborted || stop?.aborted) throw cause;
      throw new MigError(
        'unavailable',
        `${apiUrl} cannot be reached: ${reasonOf(cause)}; is the API running, and is url right in the configuration (~/.migrc, or -c)?`,
        { cause },
      );
    } finally {
      // The signal of a stream is needed until its last byte.
      if (!isStream) dispose();
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

/** Reads the whole body, so that a connection that breaks half-way fails here. */
async function readWhole(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/** Why an API does not serve a request, in parentheses; empty when the answer has no reason, as that of a proxy. */
async function reasonIn(response: Response): Promise<string> {
  const error = await readEnvelope(response).catch((problem: unknown) => problem);
  return error instanceof MigError && !(error.cause instanceof Error) ? ` (${error.message})` : '';
}
