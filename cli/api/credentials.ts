import { randomInt } from 'node:crypto';
import { Envelope, SessionView } from '../../contract/api-responses.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';

/** Creates the headers that prove to the API who sends a request. */
export interface Credentials {
  headers(): Promise<Record<string, string>>;
  /** Forgets the session after a 401. Returns true when a retry may help. */
  renew(): boolean;
}

interface CredentialOptions {
  apiUrl: string;
  signer: Signer;
  userAgent: string;
}

interface Session {
  token: string;
  expiresMs: number;
}

const TIMEOUT_MS = 60_000;
/** A session about to end is renewed first, so that it does not end while a request is in progress. */
const MARGIN_MS = 30_000;

/**
 * Signs one token and exchanges it for a session, so that a key on a smartcard is used once instead of for every request.
 * An API without sessions (MIG's own) gets a fresh token with every request.
 */
export function createCredentials(options: CredentialOptions): Credentials {
  const { signer } = options;
  let session: Promise<Session | undefined> | undefined;
  let hasSessions = true;

  const currentSession = async (): Promise<Session | undefined> => {
    if (!hasSessions) return undefined;
    session ??= openSession(options);
    const opened = await session;
    if (opened && Date.now() < opened.expiresMs - MARGIN_MS) return opened;
    session = undefined;
    if (!opened) hasSessions = false;
    return opened ? currentSession() : undefined;
  };

  return {
    async headers() {
      const current = await currentSession();
      return current
        ? { Authorization: `Bearer ${current.token}` }
        : { 'X-PGPAUTHORIZATION': await makeToken(signer) };
    },
    renew() {
      const hadSession = session !== undefined;
      session = undefined;
      return hadSession;
    },
  };
}

/** Returns undefined when the server opens no session, for whatever reason: the request itself then reports the error. */
async function openSession({ apiUrl, signer, userAgent }: CredentialOptions): Promise<Session | undefined> {
  const token = await makeToken(signer);
  try {
    const response = await fetch(new URL('session/', apiUrl), {
      method: 'POST',
      headers: { 'X-PGPAUTHORIZATION': token, 'User-Agent': userAgent },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status !== 201) return undefined;
    const { items } = Envelope.parse(JSON.parse(text)).collection;
    const session = SessionView.parse(items[0]?.data[0]?.value);
    const expiresMs = Date.parse(session.expiresat);
    return expiresMs > Date.now() + MARGIN_MS ? { token: session.token, expiresMs } : undefined;
  } catch {
    return undefined;
  }
}

/** The upper limit of `randomInt`. */
const MAX_NONCE = 2 ** 48 - 1;

/** A fresh token (spec/api.md#token). */
async function makeToken(signer: Signer): Promise<string> {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `1;${time};${randomInt(MAX_NONCE)}`;
  return `${head};${await signer.sign(`${head}\n`)}`;
}
