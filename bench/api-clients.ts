import { Agent, get } from 'node:http';
import { createDeferred } from '../platform/async/deferred.ts';

/** The work of the client process. */
export interface ApiLoad {
  url: string;
  /** Each request takes the next token. */
  tokens: string[];
  clients: number;
  seconds: number;
}

export interface ApiLoadResult {
  perSecond: number;
  /** The duration of each request. */
  ms: number[];
  failures: string[];
}

const WARM_UP_MS = 1000;
const MAX_FAILURES = 10;

// Clients that repeat one request, each on a connection of its own.
process.once('message', (load: ApiLoad) => {
  void run(load).then((result) => process.send?.(result, () => process.exit()));
});

async function run({ url, tokens, clients, seconds }: ApiLoad): Promise<ApiLoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ms: number[] = [];
  const failures: string[] = [];
  const nextToken = cycle(tokens);
  const warmUntil = performance.now() + WARM_UP_MS;
  const endsAt = warmUntil + seconds * 1000;
  const client = async () => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      const failure = await request(url, nextToken(), agent);
      if (failure !== undefined) failures.push(failure);
      if (sentAt >= warmUntil) ms.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: Math.round(ms.length / seconds), ms, failures: failures.slice(0, MAX_FAILURES) };
}

/** Returns a function that returns one item after the other, again and again. */
function cycle(items: readonly string[]): () => string {
  let next = 0;
  return () => {
    const item = items[next++ % items.length];
    if (item === undefined) throw new Error('nothing to cycle through');
    return item;
  };
}

/** Reads the whole response. Returns what failed, if anything. */
function request(url: string, token: string, agent: Agent): Promise<string | undefined> {
  const failure = createDeferred<string | undefined>();
  const sent = get(url, { agent, headers: { 'X-PGPAUTHORIZATION': token } }, (response) => {
    const { statusCode } = response;
    response.on('end', () => failure.resolve(statusCode === 200 ? undefined : `${statusCode}`));
    response.resume();
  });
  sent.on('error', (error) => failure.resolve(error.message));
  return failure.promise;
}
