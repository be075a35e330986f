import type { LookupAddress } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { MigError } from '../../contract/errors.ts';
import type { Network } from '../../contract/go/ip-network.ts';
import { abortAfter } from '../async/abort-after.ts';
import { isAddressIn, isLoopbackAddress, isPublicAddress } from './public-address.ts';
import type { ResolveHost } from './resolve-host.ts';
import { NETWORK_ERRORS } from './unreachable.ts';

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
/** A receiver that has said yes need not finish its sentence. */
const MAX_BODY_MS_AFTER_SUCCESS = 2_000;
/** One or two are usual. They have no end of their own. */
const MAX_INTERIM_ANSWERS = 8;
/** OpenSSL's names of an authority that is not known. */
const UNKNOWN_AUTHORITY: readonly unknown[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

export interface Posting {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface PostRules {
  /** Private networks that may be reached nevertheless. */
  allowed: readonly Network[];
  /** PEM of an authority besides those of Node. */
  ca: string | undefined;
  /** For everything: the name, the connection, the request, the answer. */
  timeoutMs: number;
  resolve: ResolveHost;
  signal: AbortSignal;
}

export interface PostAnswer {
  status: number;
  retryAfter: string | undefined;
  /** As much as came, up to a limit. */
  body: Buffer;
}

/**
 * Posts to an address that somebody else chose. Only addresses of the internet are reached, and those that are allowed. The
 * name is resolved once, and the connection goes to the addresses that were checked: a name server that changes its mind in
 * between changes nothing. Redirects are not followed, proxies not used. Throws MigError when there is no answer.
 */
export async function postOutside(posting: Posting, rules: PostRules): Promise<PostAnswer> {
  const limited = abortAfter(rules.timeoutMs, [rules.signal]);
  try {
    const url = new URL(posting.url);
    const addresses = await raceAbort(addressesOf(url, rules), limited.signal);
    return await post(url, { posting, addresses, ca: rules.ca, signal: limited.signal });
  } catch (error) {
    throw explain(error, limited.signal, rules.timeoutMs);
  } finally {
    limited.dispose();
  }
}

/** The addresses of the host. Throws when one of them may not be reached: such a name means no good. */
async function addressesOf(
  { hostname, protocol }: URL,
  { allowed, resolve }: PostRules,
): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  if (addresses.length === 0) throw new MigError('unavailable', `${host} has no address`);
  const wrong = addresses.find((address) => !isPublicAddress(address) && !isAddressIn(address, allowed));
  if (wrong !== undefined) {
    throw new MigError('forbidden', `${host} leads to ${wrong}, which MIG_WEBHOOK_ALLOW does not allow`);
  }
  if (protocol !== 'https:' && !addresses.every(isLoopbackAddress)) {
    throw new MigError('forbidden', `${host} is another machine, which only https:// may reach`);
  }
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

interface Connection {
  posting: Posting;
  addresses: readonly LookupAddress[];
  ca: string | undefined;
  signal: AbortSignal;
}

function post(url: URL, { posting, addresses, ca, signal }: Connection): Promise<PostAnswer> {
  const { body, headers } = posting;
  const options = {
    method: 'POST',
    headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' },
    agent: false as const,
    lookup: lookupOf(addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
  };
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, {
          ...options,
          rejectUnauthorized: true,
          ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
        })
      : requestHttp(url, options);
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    let interim = 0;
    request.on('information', () => {
      interim++;
      if (interim <= MAX_INTERIM_ANSWERS) return;
      request.destroy(new MigError('unavailable', 'too many interim answers'));
    });
    request.once('upgrade', (_response, socket) => socket.destroy());
    request.once('close', () =>
      reject(new MigError('unavailable', 'the connection ended without an answer')),
    );
    request.once('response', (response) => resolve(readAnswer(request, response)));
    request.end(body);
  });
}

/** Gives the addresses that were checked, whatever name is asked for. */
function lookupOf(addresses: readonly LookupAddress[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else if (first) callback(null, first.address, first.family);
  };
}

/** The status decides. What follows it is only for people, and may be cut anywhere. */
async function readAnswer(request: ClientRequest, response: IncomingMessage): Promise<PostAnswer> {
  const { statusCode, headers } = response;
  if (statusCode === undefined) throw new MigError('unavailable', 'the answer has no status');
  const isSuccess = statusCode >= 200 && statusCode <= 299;
  const timer = isSuccess ? setTimeout(() => response.destroy(), MAX_BODY_MS_AFTER_SUCCESS) : undefined;
  const body = await readSome(response);
  clearTimeout(timer);
  request.destroy();
  return { status: statusCode, retryAfter: headers['retry-after'], body };
}

async function readSome(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_BODY_BYTES) break;
    }
  } catch {
    // Cut off: by the receiver, or by a time limit.
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES);
}

/** Rejects when the signal aborts; the work may go on, and its end concerns nobody. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function explain(error: unknown, signal: AbortSignal, timeoutMs: number): MigError {
  if (error instanceof MigError) return error;
  if (signal.aborted) {
    return new MigError('unavailable', `no answer within ${timeoutMs / 1000} seconds`, { cause: error });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (UNKNOWN_AUTHORITY.includes(code)) {
    return new MigError(
      'unavailable',
      `${message}; MIG_WEBHOOK_CA_FILE names the authority of your own receivers`,
      { cause: error },
    );
  }
  const known = code === undefined ? undefined : NETWORK_ERRORS.get(code);
  return new MigError('unavailable', known ?? `${message}`, { cause: error });
}
