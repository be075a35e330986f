import pg from 'pg';
import { MigError } from '../../contract/errors.ts';
import { createSemaphore } from '../async/semaphore.ts';
import { type Queryable, sessionOptions } from './pool.ts';

/**
 * Runs each statement in a session of its own, which is ended afterwards: what a hostile statement leaves behind, settings
 * and locks, nobody meets. Few at once, so that slow ones take no connections from anybody else.
 */
export interface SingleUseSessions extends Pick<Queryable, 'query'>, AsyncDisposable {}

export interface SingleUseOptions {
  url: string;
  name: string;
  /** Sessions at the same time. */
  max: number;
  timeoutMs: number;
  /**
   * Run in a session that is connected ahead, with no effect: the first call of a function in a session takes nearly
   * twice as long as the next one.
   */
  warmUp: string;
  /** How long a statement waits for its turn. */
  waitMs?: number;
}

/**
 * The next session is connected a moment later: what the statement was for (a command, an answer to an investigator) goes
 * first, and both take processor time.
 */
const PREPARE_AFTER_MS = 100;
/** Longer than the server's own limit: the planner looks at that one rarely. */
const CLIENT_GRACE_MS = 5_000;

export function createSingleUseSessions(options: SingleUseOptions): SingleUseSessions {
  const semaphore = createSemaphore(options.max);
  const spare = createSpare(options);
  const run = (text: string, values: unknown[]) =>
    new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(new MigError('overloaded', 'targets: every session for targets is in use, try again'));
      }, options.waitMs ?? 10_000);
      const work = async (): Promise<void> => {
        if (isLate) return;
        clearTimeout(timer);
        const client = await spare.take();
        await client.query(text, values).then(resolve, reject);
        // The place is free when the server has let go of the session, however long it still plans.
        await client.end().catch(() => {});
        spare.prepareLater();
      };
      semaphore.withPermit(work).catch(reject);
    });
  spare.prepare();
  return {
    query: run as SingleUseSessions['query'],
    [Symbol.asyncDispose]: spare.close,
  };
}

/** One session that is connected before somebody needs it: connecting takes longer than most targets. */
function createSpare(options: SingleUseOptions) {
  let spare: Promise<pg.Client> | undefined;
  let isClosed = false;
  let later: NodeJS.Timeout | undefined;
  const connect = async (onEnd: () => void): Promise<pg.Client> => {
    const client = new pg.Client({
      ...sessionOptions({ url: options.url, name: options.name, timeoutMs: options.timeoutMs }),
      query_timeout: options.timeoutMs + CLIENT_GRACE_MS,
      keepAlive: true,
    });
    // Without a listener a broken connection would end the process; the statement on it tells.
    client.on('error', () => {});
    client.on('end', onEnd);
    await client.connect();
    return client;
  };
  const warm = async (client: pg.Client): Promise<pg.Client> => {
    try {
      await client.query(options.warmUp);
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  };
  /** Connects the next one ahead; when that fails, the next statement connects by itself, and tells why. */
  const prepare = (): void => {
    if (isClosed || spare !== undefined) return;
    const forget = () => {
      if (spare === next) spare = undefined;
    };
    const next = connect(forget).then(warm);
    spare = next;
    next.catch(forget);
  };
  return {
    prepare,
    prepareLater(): void {
      clearTimeout(later);
      later = setTimeout(prepare, PREPARE_AFTER_MS);
    },
    async take(): Promise<pg.Client> {
      const ready = spare;
      spare = undefined;
      return (await ready?.catch(() => undefined)) ?? connect(() => {});
    },
    async close(): Promise<void> {
      isClosed = true;
      clearTimeout(later);
      const last = await spare?.catch(() => undefined);
      await last?.end();
    },
  };
}
