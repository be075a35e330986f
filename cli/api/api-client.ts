import { type Answered, type Given, readAnswer, toRequest } from '../../client/call.ts';
import type { Route } from '../../contract/api/route.ts';
import { AgentCount, type Progress, readActionView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { type ConnectionOptions, createRequest } from './connection.ts';
import { readEnvelope } from './envelope.ts';
import { streamProgress } from './progress.ts';

const PAGE = 200;

interface CallOptions {
  /** Makes a POST repeatable: the API does it once for each key. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ApiClient {
  /** Asks one route of `contract/api/`. Throws the API's error with its code, and `unavailable` for an answer of another shape. */
  call<R extends Route>(route: R, given: Given<R>, options?: CallOptions): Promise<Answered<R>>;
  get(path: string): Promise<unknown>;
  /** The answer as its text. Follows no redirect, which could lead elsewhere. */
  getText(path: string): Promise<string>;
  /** Every item of a response. */
  list(path: string): Promise<{ name: string; value: unknown }[]>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<unknown>;
  /** Posts a form as multipart/form-data, which creating an investigator needs. */
  postMultipart(path: string, form: Record<string, string>): Promise<unknown>;
  /** The records of a search, page by page: all of them, or the first `max`. */
  search(query: Record<string, string>, limits?: { max?: number | undefined }): AsyncGenerator<unknown>;
  /** The progress of an action at each change, until the action ends. */
  streamProgress(actionId: number, signal: AbortSignal): AsyncGenerator<Progress>;
  /** The armored public key with this primary fingerprint; undefined when there is none. Anybody may read it. */
  publicKey(fingerprint: string): Promise<string | undefined>;
  /** The number of agents that a target reaches now. */
  countAgents(target: string): Promise<number>;
}

export function createApiClient(options: ConnectionOptions): ApiClient {
  const request = createRequest(options);
  const firstValue = async (path: string, init?: RequestInit): Promise<unknown> => {
    const { items } = await readEnvelope(await request(path, init));
    return items[0]?.data[0]?.value;
  };
  async function* search(
    query: Record<string, string>,
    { max = Number.POSITIVE_INFINITY }: { max?: number | undefined } = {},
  ): AsyncGenerator<unknown> {
    for (let offset = 0; offset < max; offset += PAGE) {
      const limit = Math.min(PAGE, max - offset);
      const params = new URLSearchParams({ ...query, limit: String(limit), offset: String(offset) });
      const response = await request(`search?${params}`);
      const { items, error } = await readEnvelope(response, [404]);
      if (error.message === 'no results found') return;
      if (response.status === 404) throw new MigError('not_found', error.message ?? 'not found');
      const records = items
        .filter(({ data }) => data[0]?.name === query.type)
        .map(({ data }) => data[0]?.value);
      // MIG's own API returns more than the limit for a target.
      yield* records.slice(0, limit);
      if (records.length < limit) return;
    }
  }

  return {
    async call(route, given, { idempotencyKey, signal } = {}) {
      const { path, method, headers, body } = toRequest(route, given);
      if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
      const init = { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) };
      const response = await request(path, init);
      if (!response.ok) await readEnvelope(response);
      return readAnswer(route, await response.text());
    },
    get: (path) => firstValue(path),
    async getText(path) {
      const response = await request(path, { redirect: 'manual' });
      if (!response.ok) await readEnvelope(response);
      return response.text();
    },
    async list(path) {
      const { items } = await readEnvelope(await request(path));
      return items.flatMap(({ data }) => data).map(({ name, value }) => ({ name, value }));
    },
    post: (path, form, headers = {}) =>
      firstValue(path, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      }),
    postMultipart(path, fields) {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      return firstValue(path, { method: 'POST', body });
    },
    search,
    streamProgress(actionId, signal) {
      const readAction = async () =>
        readActionView(await firstValue(`action?actionid=${actionId}`, { signal }));
      return streamProgress({ request, actionId, readAction, signal });
    },
    async publicKey(fingerprint) {
      const response = await request(`publickey/${fingerprint}`);
      if (response.ok) return response.text();
      if (response.status !== 404) await readEnvelope(response);
      await response.body?.cancel();
      return undefined;
    },
    async countAgents(target) {
      const response = await request(`agent/count?${new URLSearchParams({ target })}`);
      if (response.status !== 404) {
        const { items } = await readEnvelope(response);
        return AgentCount.parse(items[0]?.data[0]?.value).count;
      }
      // MIG's own API has no count.
      await response.body?.cancel();
      let count = 0;
      for await (const _ of search({ type: 'agent', target })) count++;
      return count;
    },
  };
}
