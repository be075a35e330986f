import type { Route } from '../contract/api/route.ts';
import { MigError } from '../contract/errors.ts';
import type { Answered, Given } from './call.ts';
import { createClient } from './client.ts';

type ReadingRoute = Route & { method: 'GET' };

/** Reads the API, and cannot change anything: no other route has a place here. */
export interface Reader {
  read<R extends ReadingRoute>(route: R, given: Given<R>): Promise<Answered<R>>;
}

/** More than an assistant can use. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export function createReader({ url, apiKey }: { url: string; apiKey: string }): Reader {
  // Whoever asks can ask again, and waits for no outage.
  const client = createClient({ url, apiKey, maxAnswerBytes: MAX_ANSWER_BYTES, retryMs: 0 });
  return {
    async read(route, given) {
      if (route.method !== 'GET') throw new MigError('internal', `${route.path} is no reading`);
      return client.call(route, given);
    },
  };
}
