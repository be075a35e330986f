import type { QueryResult } from 'pg';
import { MigError } from '../../contract/errors.ts';
import { createDeferred } from '../async/deferred.ts';
import { createSemaphore } from '../async/semaphore.ts';
import type { Queryable } from './pool.ts';
import { createSpareSession } from './spare-session.ts';

/**
 * Runs each statement in a session of its own, which ends afterwards: no other statement meets the settings and locks
 * that a hostile one leaves behind. Few run at a time, so that slow ones leave connections for the rest.
 */
export interface SingleUseSessions extends Pick<Queryable, 'query'>, AsyncDisposable {}

export interface SingleUseOptions {
  url: string;
  name: string;
  /** Sessions at the same time. */
  max: number;
  timeoutMs: number;
  /** A statement without effect, which warms up a session ahead of its use. */
  warmUp: string;
  /** How long a statement waits for a session; ten seconds by default. */
  waitMs?: number;
}

const DEFAULT_WAIT_MS = 10_000;

export function createSingleUseSessions(options: SingleUseOptions): SingleUseSessions {
  const { max, waitMs = DEFAULT_WAIT_MS } = options;
  const semaphore = createSemaphore(max);
  const spare = createSpareSession(options);

  const query = (text: string, values: unknown[]): Promise<QueryResult> => {
    const result = createDeferred<QueryResult>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      result.reject(new MigError('overloaded', 'targets: every session for targets is in use, try again'));
    }, waitMs);
    const runStatement = async () => {
      if (isLate) return;
      clearTimeout(timer);
      const client = await spare.take();
      await client.query(text, values).then(result.resolve, result.reject);
      // The permit is kept until the server has ended the session, however long it still plans.
      await client.end().catch(() => {});
      spare.prepareLater();
    };
    semaphore.withPermit(runStatement).catch(result.reject);
    return result.promise;
  };
  spare.prepare();
  return {
    query: query as SingleUseSessions['query'],
    [Symbol.asyncDispose]: () => spare[Symbol.asyncDispose](),
  };
}
