import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ActionView, AgentCount, Progress, readActionView } from '../../contract/answers.ts';
import { MigError } from '../../contract/errors.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { type ConnectionOptions, createRequest } from './connection.ts';
import { readEnvelope } from './envelope.ts';

const PAGE = 200;
const REOPEN_MS = 1000;
const POLL_MS = 2000;
/** The API sends something every 15 seconds: without a word for this long the connection is dead. */
const SILENCE_MS = 60_000;

export interface ApiClient {
  get(path: string): Promise<unknown>;
  /** Every item of an answer. */
  list(path: string): Promise<{ name: string; value: unknown }[]>;
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<unknown>;
  /** All records of a search, page by page. */
  search(query: Record<string, string>): AsyncGenerator<unknown>;
  /** What an action has come to, at each change, until it ends; a broken connection is taken up again. */
  follow(actionId: number, signal: AbortSignal): AsyncGenerator<Progress>;
  /** The armored public key with this primary fingerprint, for everybody to read; undefined when there is none. */
  publicKey(fingerprint: string): Promise<string | undefined>;
  /** How many agents a target reaches now. */
  countAgents(target: string): Promise<number>;
}

export function createApiClient(options: ConnectionOptions): ApiClient {
  const request = createRequest(options);
  const firstValue = async (path: string, init?: RequestInit): Promise<unknown> => {
    const { items } = await readEnvelope(await request(path, init));
    return items[0]?.data[0]?.value;
  };
  async function* search(query: Record<string, string>): AsyncGenerator<unknown> {
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
  }
  async function* follow(actionId: number, signal: AbortSignal): AsyncGenerator<Progress> {
    const read = async () => readActionView(await firstValue(`action?actionid=${actionId}`, { signal }));
    while (!signal.aborted) {
      const silence = new AbortController();
      const response = await request(`action/events?actionid=${actionId}`, {
        signal: AbortSignal.any([signal, silence.signal]),
        isStream: true,
      });
      if (response.status === 404) return yield* poll(read, signal);
      if (!response.ok) await readEnvelope(response);
      yield* readEvents(response, () => silence.abort());
      // The stream ends with the action; one that broke off before is opened again.
      if (isFinalAction((await read()).status)) return;
      await sleep(REOPEN_MS, undefined, { signal }).catch(() => {});
    }
  }

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
    search,
    follow,
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

/** The progress in an event stream, up to its end or until it breaks off. */
async function* readEvents(response: Response, giveUp: () => void): AsyncGenerator<Progress> {
  let rest = '';
  const decoder = new TextDecoder();
  let timer = setTimeout(giveUp, SILENCE_MS);
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE_MS);
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const events = rest.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (/^event: progress$/m.test(event))
          yield Progress.parse(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}'));
      }
    }
  } catch (error) {
    // What came was whole events; the caller looks whether the action has ended.
    if (error instanceof z.ZodError || error instanceof SyntaxError) throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** MIG's own API has no events: ask again and again, as MIG's client does. */
async function* poll(read: () => Promise<ActionView>, signal: AbortSignal): AsyncGenerator<Progress> {
  while (!signal.aborted) {
    const { status, paused, counters } = await read();
    yield { status, paused, counters, matches: 0, errors: 0 };
    const { sent = 0, done = 0 } = counters;
    if (isFinalAction(status) || (sent > 0 && done >= sent)) return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
