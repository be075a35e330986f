import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ModuleResult } from '../contract/command.ts';
import { MigError } from '../contract/errors.ts';
import type { Signer } from '../platform/openpgp/sign.ts';
import { createCredentials } from './credentials.ts';

const Envelope = z.object({
  collection: z.object({
    items: z
      .array(
        z.object({ href: z.string(), data: z.array(z.object({ name: z.string(), value: z.unknown() })) }),
      )
      .default([]),
    error: z.object({ code: z.string().optional(), message: z.string().optional() }).default({}),
  }),
});

/** What the tool uses of an action. */
export const ActionView = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string().default(''),
  reason: z.string().optional(),
  target: z.string().default(''),
  validfrom: z.string(),
  expireafter: z.string(),
  counters: z.record(z.string(), z.number()).default({}),
  investigators: z.array(z.object({ name: z.string(), pgpfingerprint: z.string() })).default([]),
});
export type ActionView = z.infer<typeof ActionView>;

export const CommandView = z.object({
  id: z.number(),
  status: z.string(),
  agent: z.object({ id: z.number(), name: z.string(), queueloc: z.string().default('') }),
  action: z.object({ operations: z.array(z.object({ module: z.string() })) }),
  results: z.array(ModuleResult).nullable().default(null),
});
export type CommandView = z.infer<typeof CommandView>;

export interface Progress {
  status: string;
  reason?: string | null | undefined;
  counters: Record<string, number>;
  matches: number;
  errors: number;
}

const REQUEST_TIMEOUT_MS = 60_000;
const PAGE = 200;

export interface ApiClient {
  get(path: string): Promise<unknown>;
  /** Every item of an answer. */
  list(path: string): Promise<{ name: string; value: unknown }[]>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<unknown>;
  /** All records of a search, page by page. */
  search(query: Record<string, string>): AsyncGenerator<unknown>;
  follow(actionId: number, signal: AbortSignal): AsyncGenerator<Progress>;
}

export function createApiClient({
  apiUrl,
  signer,
  version,
  trace = () => {},
}: {
  apiUrl: string;
  signer: Signer;
  version: string;
  /** Told of every request, for people who look for a mistake; never of tokens. */
  trace?: (line: string) => void;
}): ApiClient {
  const request = createRequest({ apiUrl, signer, version, trace });
  const firstValue = async (path: string, init?: RequestInit): Promise<unknown> => {
    const { items } = await readEnvelope(await request(path, init));
    return items[0]?.data[0]?.value;
  };

  return {
    get: (path) => firstValue(path),
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
    async *search(query) {
      for (let offset = 0; ; offset += PAGE) {
        const params = new URLSearchParams({ ...query, limit: String(PAGE), offset: String(offset) });
        const response = await request(`search?${params}`);
        const { items, error } = await readEnvelope(response, [404]);
        if (error.message === 'no results found') return;
        if (response.status === 404) throw new MigError('not_found', error.message ?? 'not found');
        const records = items
          .filter(({ data }) => data[0]?.name === query.type)
          .map(({ data }) => data[0]?.value);
        yield* records;
        if (records.length < PAGE) return;
      }
    },
    async *follow(actionId, signal) {
      while (!signal.aborted) {
        const response = await request(`action/events?actionid=${actionId}`, { signal });
        if (response.status === 404) return yield* poll(firstValue, actionId, signal);
        if (!response.ok) await readEnvelope(response);
        yield* readEvents(response);
        // The stream ends with the action; one that broke off before is opened again.
        const action = ActionView.parse(await firstValue(`action?actionid=${actionId}`));
        if (isFinal(action.status)) return;
        await sleep(1000);
      }
    },
  };
}

/** Sends one request as the investigator; throws when no answer comes. */
function createRequest({
  apiUrl,
  signer,
  version,
  trace,
}: {
  apiUrl: string;
  signer: Signer;
  version: string;
  trace: (line: string) => void;
}) {
  const userAgent = `MIG Client mig-${version}`;
  const credentials = createCredentials({ apiUrl, signer, userAgent });
  const attempt = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(await credentials.headers()),
      'User-Agent': userAgent,
    };
    const began = performance.now();
    try {
      const response = await fetch(new URL(path, apiUrl), {
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ...init,
        headers,
      });
      trace(`${init.method ?? 'GET'} ${path} ${response.status} ${Math.round(performance.now() - began)} ms`);
      return response;
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      const why =
        cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : '';
      throw new MigError('unavailable', `${apiUrl} cannot be reached: ${why}`, { cause });
    }
  };
  /** A session may have ended before its time; what was refused with it was not done. */
  return async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await attempt(path, init);
    if (response.status !== 401 || !credentials.renew()) return response;
    await response.body?.cancel();
    return attempt(path, init);
  };
}

export function isFinal(status: string): boolean {
  return ['completed', 'invalid', 'cancelled'].includes(status);
}

async function readEnvelope(response: Response, accepted: number[] = []) {
  const body = await response.text();
  let parsed: z.infer<typeof Envelope>;
  try {
    parsed = Envelope.parse(JSON.parse(body));
  } catch (cause) {
    throw new MigError(
      'unavailable',
      `the API answered ${response.status} with something else than its envelope`,
      { cause },
    );
  }
  const { error } = parsed.collection;
  if (response.ok || accepted.includes(response.status)) return parsed.collection;
  throw new MigError(
    response.status === 401 ? 'unauthorized' : 'parameter_invalid',
    `${error.message ?? response.status} (${error.code})`,
  );
}

async function* readEvents(response: Response): AsyncGenerator<Progress> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      if (/^event: progress$/m.test(event))
        yield JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}') as Progress;
    }
  }
}

/** MIG's own API has no events: ask again and again, as MIG's client does. */
async function* poll(
  get: (path: string) => Promise<unknown>,
  actionId: number,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  while (!signal.aborted) {
    const action = ActionView.parse(await get(`action?actionid=${actionId}`));
    yield { status: action.status, counters: action.counters, matches: 0, errors: 0 };
    const { sent = 0, done = 0 } = action.counters;
    if (isFinal(action.status) || (sent > 0 && done >= sent)) return;
    await sleep(2000, undefined, { signal }).catch(() => {});
  }
}
