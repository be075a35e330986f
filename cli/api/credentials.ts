import { Envelope, SessionView } from '../../contract/answers.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';

/** What makes a request the investigator's. */
export interface Credentials {
  headers(): Promise<Record<string, string>>;
  /** Called after a 401. True when what was refused is forgotten, and asking again may help. */
  renew(): boolean;
}

const TIMEOUT_MS = 60_000;
/** A session that ends while a request is on its way is of no use to it. */
const MARGIN_MS = 30_000;

/**
 * Signs one token and buys a session with it, so that a key on a smartcard is used once and not at every request. Where
 * there are no sessions (MIG's own API), every request gets a fresh token.
 */
export function createCredentials({
  apiUrl,
  signer,
  userAgent,
}: {
  apiUrl: string;
  signer: Signer;
  userAgent: string;
}): Credentials {
  let session: Promise<Session | undefined> | undefined;
  let hasSessions = true;

  const current = async (): Promise<Session | undefined> => {
    if (!hasSessions) return undefined;
    session ??= makeToken(signer).then((token) => openSession({ apiUrl, userAgent, token }));
    const opened = await session;
    if (opened && Date.now() < opened.expiresMs - MARGIN_MS) return opened;
    session = undefined;
    if (!opened) hasSessions = false;
    return opened ? current() : undefined;
  };

  return {
    async headers() {
      const opened = await current();
      return opened
        ? { Authorization: `Bearer ${opened.token}` }
        : { 'X-PGPAUTHORIZATION': await makeToken(signer) };
    },
    renew() {
      const hadSession = session !== undefined;
      session = undefined;
      return hadSession;
    },
  };
}

interface Session {
  token: string;
  expiresMs: number;
}

/** Undefined when the server gives none, whatever the reason: the request itself then says what is wrong. */
async function openSession({
  apiUrl,
  userAgent,
  token,
}: {
  apiUrl: string;
  userAgent: string;
  token: string;
}): Promise<Session | undefined> {
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

/** A fresh token (spec/api.md#token). */
async function makeToken(signer: Signer): Promise<string> {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `1;${time};${Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)}`;
  return `${head};${await signer.sign(`${head}\n`)}`;
}
