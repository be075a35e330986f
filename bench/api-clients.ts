import { Agent, get } from 'node:http';
import type { Load, LoadResult } from './api.ts';

// So many clients that ask the same question again and again, each on a connection of its own.
process.once('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result, () => process.exit()));
});

async function run({ url, tokens, clients, seconds }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ms: number[] = [];
  const failures: string[] = [];
  let next = 0;
  const began = performance.now();
  const warmUntil = began + 1000;
  const end = warmUntil + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const asked = performance.now();
      const failure = await ask(url, tokens[next++ % tokens.length] ?? '', agent);
      if (failure !== undefined) failures.push(failure);
      if (asked >= warmUntil) ms.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: Math.round(ms.length / seconds), ms, failures: failures.slice(0, 10) };
}

/** Reads the whole answer; what is wrong with it, if anything is. */
function ask(url: string, token: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent, headers: { 'X-PGPAUTHORIZATION': token } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200 ? undefined : `${response.statusCode}`));
    });
    request.on('error', (error) => resolve(error.message));
  });
}
