import { Agent, request } from 'node:http';
import { createDeferred } from '../../platform/async/deferred.ts';
import type { ApiRequest } from './api-case.ts';

/** The work of the client process. */
export interface ApiLoad {
  url: string;
  method: string;
  /** The status of every answer. */
  status: number;
  requests: readonly ApiRequest[];
  /** How long the requests are repeated; without it each is sent once. */
  seconds?: number;
  /** Each request without credentials takes the next token. */
  tokens: readonly string[];
  clients: number;
}

export interface ApiLoadResult {
  perSecond: number;
  /** The duration of each request. */
  ms: number[];
  failures: string[];
}

const MAX_FAILURES = 10;
const MAX_FAILURE_TEXT = 300;

// Clients that repeat one request, or share many, each on a connection of its own.
process.on('message', (load: ApiLoad) => {
  void run(load).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit());

async function run(load: ApiLoad): Promise<ApiLoadResult> {
  const { requests, tokens, clients, seconds } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ms: number[] = [];
  const failures: string[] = [];
  const startedAt = performance.now();
  const next = seconds === undefined ? once(requests) : untilEnd(cycle(requests), startedAt + seconds * 1000);
  const nextToken = cycle(tokens);
  const client = async () => {
    for (let one = next(); one !== undefined; one = next()) {
      const sentAt = performance.now();
      const failure = await send(load, one, { token: nextToken(), agent });
      if (failure !== undefined) failures.push(failure);
      ms.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = Math.round((ms.length * 1000) / (performance.now() - startedAt));
  agent.destroy();
  return { perSecond, ms, failures: failures.slice(0, MAX_FAILURES) };
}

function once<T>(items: readonly T[]): () => T | undefined {
  let next = 0;
  return () => items[next++];
}

function untilEnd<T>(next: () => T, endsAt: number): () => T | undefined {
  return () => (performance.now() < endsAt ? next() : undefined);
}

/** Returns a function that returns one item after the other, again and again. */
function cycle<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => {
    const item = items[next++ % items.length];
    if (item === undefined) throw new Error('nothing to cycle through');
    return item;
  };
}

/** Reads the whole response. Returns what failed, if anything. */
function send(
  { url, method, status }: ApiLoad,
  { path, contentType, body, credentials }: ApiRequest,
  { token, agent }: { token: string; agent: Agent },
): Promise<string | undefined> {
  const failure = createDeferred<string | undefined>();
  const headers = {
    ...(credentials ?? { 'X-PGPAUTHORIZATION': token }),
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
  };
  const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
    let refusal = '';
    const isExpected = response.statusCode === status;
    response.on('data', (chunk: Buffer) => {
      if (!isExpected && refusal.length < MAX_FAILURE_TEXT) refusal += chunk.toString();
    });
    response.on('error', (error) => failure.resolve(error.message));
    response.on('end', () =>
      failure.resolve(
        isExpected
          ? undefined
          : `${response.statusCode} in place of ${status}: ${refusal.slice(0, MAX_FAILURE_TEXT)}`,
      ),
    );
  });
  sent.on('error', (error) => failure.resolve(error.message));
  sent.end(body);
  return failure.promise;
}
