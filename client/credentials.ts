import { randomInt } from 'node:crypto';
import { openSession as openSessionRoute } from '../contract/api/service.ts';
import { MigError } from '../contract/errors.ts';
import { problemOfApiAddress, withoutUser } from '../contract/rules/api-address.ts';
import { readAnswer, toRequest } from './call.ts';
import { readBounded } from './read-bounded.ts';

/** Creates the headers that prove to the API who sends a request. */
export interface Credentials {
  headers(): Promise<Record<string, string>>;
  /** Forgets the session after a 401. Returns true when a retry may help. */
  renew(): boolean;
}

/**
 * An API key, or what signs a text with the key of an investigator: a detached signature, armored or in MIG's form. A key
 * is sent by plain HTTP to this machine alone, unless that is allowed.
 */
export type Identity =
  | { apiKey: string; allowsPlainHttp?: boolean | undefined }
  | { sign: (text: string) => Promise<string> };

interface SessionOptions {
  url: string;
  userAgent: string;
  sign: (text: string) => Promise<string>;
}

interface Session {
  token: string;
  expiresMs: number;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 1024;
/** A session about to end is renewed first, so that it does not end while a request is in progress. */
const MARGIN_MS = 30_000;

export function createCredentials(
  identity: Identity,
  server: Pick<SessionOptions, 'url' | 'userAgent'>,
): Credentials {
  if ('sign' in identity) return createSessions({ ...server, sign: identity.sign });
  const { apiKey, allowsPlainHttp } = identity;
  const problem = problemOfApiAddress(server.url, { secretOf: 'the API key', allowsPlainHttp });
  if (problem !== undefined) throw new MigError('config_invalid', `'${withoutUser(server.url)}' ${problem}`);
  return { headers: async () => ({ 'X-MIGAPIKEY': apiKey }), renew: () => false };
}

/**
 * Signs one token and exchanges it for a session, so that a key on a smartcard is used once instead of for every request.
 * An API without sessions (MIG's own) gets a fresh token with every request.
 */
function createSessions(options: SessionOptions): Credentials {
  const { sign } = options;
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
        : { 'X-PGPAUTHORIZATION': await makeToken(sign) };
    },
    renew() {
      const hadSession = session !== undefined;
      session = undefined;
      return hadSession;
    },
  };
}

/** Returns undefined when the server opens no session, for whatever reason: the request itself then reports the error. */
async function openSession({ url, sign, userAgent }: SessionOptions): Promise<Session | undefined> {
  const token = await makeToken(sign);
  try {
    const { path, method } = toRequest(openSessionRoute, {});
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'X-PGPAUTHORIZATION': token, 'User-Agent': userAgent },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const body = Buffer.from(await readBounded(response, MAX_BYTES)).toString();
    if (response.status !== openSessionRoute.answer.status) return undefined;
    const { session } = readAnswer(openSessionRoute, body);
    const expiresMs = Date.parse(session.expiresat);
    return expiresMs > Date.now() + MARGIN_MS ? { token: session.token, expiresMs } : undefined;
  } catch {
    return undefined;
  }
}

/** The upper limit of `randomInt`. */
const MAX_NONCE = 2 ** 48 - 1;

/** A fresh token (spec/api.md#token). */
async function makeToken(sign: SessionOptions['sign']): Promise<string> {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `1;${time};${randomInt(MAX_NONCE)}`;
  return `${head};${oneLine(await sign(`${head}\n`))}`;
}

/** An armored signature in MIG's form; any other text as it is. */
function oneLine(signature: string): string {
  const lines = signature.trim().split(/\r?\n/);
  if (lines[0] !== '-----BEGIN PGP SIGNATURE-----') return signature;
  return lines.slice(lines.indexOf('') + 1, -1).join('');
}
