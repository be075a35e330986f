import type { Route } from '../contract/api/route.ts';
import { MigError } from '../contract/errors.ts';
import type { Answered, Given } from './call.ts';
import { createClient } from './client.ts';

type ReadingRoute = Route & { method: 'GET' };

/** Calls only GET routes, so it cannot change anything. */
export interface Reader {
  read<R extends ReadingRoute>(route: R, given: Given<R>): Promise<Answered<R>>;
}

/** More than an assistant can use. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createReader({ url, apiKey }: { url: string; apiKey: string }): Reader {
  // No retries: an assistant can call again.
  const client = createClient({ url, apiKey, maxAnswerBytes: MAX_ANSWER_BYTES, retryMs: 0 });
  return {
    async read(route, given) {
      if (route.method !== 'GET') throw new MigError('internal', `${route.path} is not a GET route`);
      return client.call(route, given);
    },
  };
}
