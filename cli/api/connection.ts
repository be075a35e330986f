import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';
import { createCredentials } from './credentials.ts';

export interface ConnectionOptions {
  apiUrl: string;
  signer: Signer;
  version: string;
  /** Told of every request, for people who look for a mistake; never of tokens. */
  trace?: (line: string) => void;
  /** Told when the API is lost and when it is back. */
  say?: (line: string) => void;
}

/** Sends one request as the investigator; throws when no answer comes. */
export type Request = (path: string, init?: RequestInit & { isStream?: boolean }) => Promise<Response>;

const REQUEST_TIMEOUT_MS = 60_000;
/** How long an API that answered before is waited for: longer than a restart, an upgrade or a lost network takes. */
const PATIENCE_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5_000;
const AWAY = [502, 503, 504];

/**
 * An API that never answered is an error at once: the address may be wrong. One that did is asked again, for what may be
 * asked twice: reading, and posts with an Idempotency-Key.
 */
export function createRequest({ trace = () => {}, say = () => {}, ...target }: ConnectionOptions): Request {
  const attempt = createAttempt({ ...target, trace });
  let hasAnswered = false;

  return async (path, init = {}) => {
    const mayRepeat = init.method !== 'POST' || new Headers(init.headers).has('Idempotency-Key');
    const began = Date.now();
    let pauseMs = FIRST_PAUSE_MS;
    let isLost = false;
    const onTrouble = (what: string) => {
      if (!isLost) say(`${what}: trying again`);
      isLost = true;
    };
    while (true) {
      const isLast = !mayRepeat || !hasAnswered || Date.now() - began > PATIENCE_MS;
      try {
        const response = await attempt(path, init);
        const isAway = AWAY.includes(response.status);
        hasAnswered ||= !isAway;
        if (isLost && !isAway) say('the API answers again');
        if (isLast || !isAway) return response;
        onTrouble(`the API answers ${response.status}`);
      } catch (error) {
        if (isLast || !(error instanceof MigError)) throw error;
        onTrouble(error.message);
      }
      await sleep(pauseMs, undefined, init.signal ? { signal: init.signal } : {});
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
    }
  };
}

function createAttempt({
  apiUrl,
  signer,
  version,
  trace,
}: Pick<ConnectionOptions, 'apiUrl' | 'signer' | 'version'> & { trace: (line: string) => void }): Request {
  const userAgent = `MIG Client mig-${version}`;
  const credentials = createCredentials({ apiUrl, signer, userAgent });
  const attempt: Request = async (path, { isStream = false, ...init } = {}) => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(await credentials.headers()),
      'User-Agent': userAgent,
    };
    const began = performance.now();
    const timeout = isStream ? [] : [AbortSignal.timeout(REQUEST_TIMEOUT_MS)];
    const signal = AbortSignal.any([...timeout, ...(init.signal ? [init.signal] : [])]);
    try {
      const response = await fetch(new URL(path, apiUrl), { ...init, signal, headers });
      const whole = isStream ? response : await readWhole(response);
      trace(`${init.method ?? 'GET'} ${path} ${response.status} ${Math.round(performance.now() - began)} ms`);
      return whole;
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new MigError('unavailable', `${apiUrl} cannot be reached: ${reasonOf(cause)}`, { cause });
    }
  };
  /** A session may have ended before its time; what was refused with it was not done. */
  return async (path, init = {}) => {
    const response = await attempt(path, init);
    if (response.status !== 401 || !credentials.renew()) return response;
    await response.body?.cancel();
    return attempt(path, init);
  };
}

/** An answer whose connection breaks before its end is none. */
async function readWhole(response: Response): Promise<Response> {
  const { status, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/** fetch says "fetch failed"; what failed is its cause, at times several at once. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(reasonOf))].join('; ');
  return cause instanceof Error ? cause.message : error.message;
}
