import { Envelope } from '../../contract/api-responses.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { ManifestOffer } from '../../contract/manifest-offer.ts';
import { readAs } from '../../contract/read-as.ts';
import { printable } from '../../contract/text/printable.ts';
import { startStallWatchdog } from '../../modules/upgrade/stall-watchdog.ts';
import { abortAfter } from '../../platform/async/abort-after.ts';
import { type HttpProxy, proxyUrl } from '../../platform/network/proxies.ts';
import { type ContentSink, unpackContent } from './unpack-content.ts';

/** The requests of a loader (spec/api.md#loader-endpoints). */
export interface LoaderApi {
  loadOffer(): Promise<ManifestOffer>;
  /** Passes on the unpacked bytes of a file, whose hash is not checked here. */
  fetchFile(name: string, sink: ContentSink): Promise<void>;
}

interface ApiOptions {
  /** Base URL, which ends in a slash. */
  api: string;
  ca: string | undefined;
  proxies: readonly HttpProxy[];
  /** The key of this loader. */
  key: string;
  /** This machine, as an agent describes itself. */
  agent: unknown;
}

interface Request<T> {
  path: string;
  /** The file that is asked for; empty for the manifest. */
  object: string;
  read: (body: AsyncIterable<Uint8Array>) => Promise<T>;
}

type Body = AsyncIterable<Uint8Array>;

/** The API needs time for a large file, and loaders wait for each other. */
const STALL_MS = 120_000;
/** A server that sends a byte now and then must not keep the loader for ever. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const MAX_OFFER_BYTES = 2 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_MESSAGE_LENGTH = 300;

export function createLoaderApi(options: ApiOptions): LoaderApi {
  // Files come by the route on which the manifest came.
  let route: HttpProxy | undefined;
  return {
    async loadOffer() {
      const routes = [...options.proxies, undefined];
      const request = { path: 'manifest/agent/', object: '', read: readOffer };
      const { proxy, response } = await tryRoutes(routes, (one) => post(options, request, one));
      route = proxy;
      return response;
    },
    fetchFile: (object, sink) =>
      post(options, { path: 'manifest/fetch/', object, read: (body) => unpackContent(body, sink) }, route),
  };
}

/** The first route that leads to the API decides; throws the last error when none does. */
async function tryRoutes<T>(
  routes: readonly (HttpProxy | undefined)[],
  ask: (proxy: HttpProxy | undefined) => Promise<T>,
): Promise<{ proxy: HttpProxy | undefined; response: T }> {
  let lastError: unknown;
  for (const proxy of routes) {
    try {
      return { proxy, response: await ask(proxy) };
    } catch (error) {
      if (!(error instanceof MigError) || error.code !== 'unavailable') throw error;
      lastError = error;
    }
  }
  throw lastError;
}

async function post<T>(
  options: ApiOptions,
  { path, object, read }: Request<T>,
  proxy: HttpProxy | undefined,
): Promise<T> {
  const watchdog = startStallWatchdog(STALL_MS);
  const { signal, dispose } = abortAfter(REQUEST_TIMEOUT_MS, [watchdog.signal]);
  try {
    const response = await fetch(`${options.api}${path}`, {
      ...routeOptions(options.ca, proxy),
      method: 'POST',
      // Another host must not get the key.
      redirect: 'manual',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-LOADERKEY': options.key,
        'Accept-Encoding': 'identity',
      },
      body: new URLSearchParams({ parameters: encodeJson({ agent: options.agent, object }) }),
      signal,
    });
    const body = watched(response.body, watchdog.restart);
    if (response.status !== 200) throw refusalOf(response.status, await messageOf(body));
    return await read(body);
  } catch (error) {
    if (error instanceof MigError) throw error;
    throw unreachable(options.api, signal.aborted ? signal.reason : error);
  } finally {
    watchdog.stop();
    dispose();
  }
}

/** The runtime of the executable accepts a proxy and a CA as options of `fetch`. */
function routeOptions(ca: string | undefined, proxy: HttpProxy | undefined): object {
  return {
    ...(proxy === undefined ? {} : { proxy: proxyUrl(proxy) }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}

async function* watched(body: Response['body'], arrived: () => void): Body {
  for await (const chunk of body ?? []) {
    arrived();
    yield chunk as Uint8Array;
  }
}

async function readOffer(body: Body): Promise<ManifestOffer> {
  const value = valueIn(await readText(body, MAX_OFFER_BYTES));
  const offer = readAs(ManifestOffer, value);
  if (offer.success) return offer.data;
  throw new MigError('manifest_refused', `the API sent no manifest: ${printable(offer.problem)}`);
}

/** The value of the first item, as MIG's loader reads it. */
function valueIn(text: string): unknown {
  try {
    return Envelope.parse(JSON.parse(text)).collection.items[0]?.data[0]?.value;
  } catch (cause) {
    throw new MigError('unavailable', 'what answers there is not the API of MIG: correct [loader] api', {
      cause,
    });
  }
}

async function readText(body: Body, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes)
      throw new MigError('manifest_refused', `the response has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The words of the API about a refusal, which may be anybody's. */
async function messageOf(body: Body): Promise<string> {
  try {
    const { error } = Envelope.parse(JSON.parse(await readText(body, MAX_ERROR_BYTES))).collection;
    return printable((error.message ?? '').slice(0, MAX_MESSAGE_LENGTH));
  } catch {
    return '';
  }
}

function refusalOf(status: number, message: string): MigError {
  const words = message === '' ? '' : `: ${message}`;
  if (status === 401) {
    const remedy = 'its key is wrong, or an administrator has to enable it (mig loaders)';
    return new MigError('unauthorized', `the API refuses this loader${words}; ${remedy}`);
  }
  if (status === 404) {
    const remedy = 'the target of an active manifest must match it (mig manifests)';
    return new MigError('not_found', `the API has nothing for this machine${words}; ${remedy}`);
  }
  return new MigError('unavailable', `the API answered with status ${status}${words}`);
}

function unreachable(api: string, cause: unknown): MigError {
  const why = printable(errorMessage(cause)).slice(0, MAX_MESSAGE_LENGTH);
  return new MigError('unavailable', `${new URL(api).host}: the API cannot be reached: ${why}`, { cause });
}
