import { getAction } from '../contract/api/actions.ts';
import type { Route } from '../contract/api/route.ts';
import type { Progress } from '../contract/api-responses.ts';
import { VERSION } from '../contract/version.ts';
import { type Answered, type Given, readAnswer, toRequest } from './call.ts';
import { createCredentials, type Identity } from './credentials.ts';
import { readEnvelope } from './envelope.ts';
import { type ConnectionOptions, createRequest } from './request.ts';
import { createSearch, type Search } from './search.ts';
import { streamProgress } from './stream-progress.ts';

export { ROUTES } from '../contract/api/all-routes.ts';
export { type ErrorCode, errorCode, MigError } from '../contract/errors.ts';
export type { Answered, Given } from './call.ts';
export type { Search, SearchFilters, SearchRecords, SearchType } from './search.ts';

/** Where the API is, and who asks: an API key, or a function that signs a text with the key of an investigator. */
export type ClientOptions = Omit<ConnectionOptions, 'userAgent'> & { userAgent?: string } & Identity;

export interface CallOptions {
  /** Makes a POST repeatable: the API does it once for each key. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Asks the API. Every error is a MigError with a code of the API, or `unavailable` when there is no answer to read. */
export interface Client {
  /** Asks one route. Throws `unavailable` for an answer that is not as the route describes. */
  call<R extends Route>(route: R, given: Given<R>, options?: CallOptions): Promise<Answered<R>>;
  search: Search;
  /** The text of an answer to a GET of any path below the base address. */
  getText(path: string): Promise<string>;
  /** The progress of an action at each change, until the action ends. */
  streamProgress(actionId: number, signal: AbortSignal): AsyncGenerator<Progress>;
}

export function createClient(options: ClientOptions): Client {
  const userAgent = options.userAgent ?? `MIG Client mig-${VERSION}`;
  const url = options.url.endsWith('/') ? options.url : `${options.url}/`;
  const credentials = createCredentials(options, { url, userAgent });
  const request = createRequest({ ...options, url, userAgent, credentials });
  const call: Client['call'] = async (route, given, { idempotencyKey, signal } = {}) => {
    const { path, method, headers, body } = toRequest(route, given);
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    const init = { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) };
    const response = await request(path, init);
    if (!response.ok) await readEnvelope(response);
    return readAnswer(route, await response.text());
  };
  return {
    call,
    search: createSearch(request),
    async getText(path) {
      const response = await request(path);
      if (!response.ok) await readEnvelope(response);
      return response.text();
    },
    streamProgress(actionId, signal) {
      const readAction = async () => (await call(getAction, { actionid: actionId }, { signal })).action;
      return streamProgress({ request, actionId, readAction, signal });
    },
  };
}
