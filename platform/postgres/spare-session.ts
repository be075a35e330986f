import pg from 'pg';
import { sessionOptions } from './pool.ts';

/** Longer than the server's own limit, which the planner checks only rarely. */
const CLIENT_GRACE_MS = 5_000;
/** Delays the next connection: the work after the last statement comes first, and both need the processor. */
const PREPARE_AFTER_MS = 100;

interface SpareOptions {
  url: string;
  name: string;
  timeoutMs: number;
  /**
   * A statement without effect: the first call of a function in a session takes nearly twice as long as the next one.
   */
  warmUp: string;
}

/** One session that is connected and warmed up before it is needed: connecting takes longer than most statements. */
export interface SpareSession extends AsyncDisposable {
  prepare(): void;
  prepareLater(): void;
  /** Returns the prepared session, or connects a new one. The caller must end it. */
  take(): Promise<pg.Client>;
}

export function createSpareSession(options: SpareOptions): SpareSession {
  let spare: Promise<pg.Client> | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const prepare = (): void => {
    if (isClosed || spare !== undefined) return;
    const forget = () => {
      if (spare === prepared) spare = undefined;
    };
    const prepared = connect(options, forget).then((client) => warmUp(client, options.warmUp));
    spare = prepared;
    prepared.catch(forget); // `take` connects again, and throws the reason
  };
  return {
    prepare,
    prepareLater() {
      clearTimeout(timer);
      timer = setTimeout(prepare, PREPARE_AFTER_MS);
    },
    async take() {
      const prepared = spare;
      spare = undefined;
      return (await prepared?.catch(() => undefined)) ?? connect(options, () => {});
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(timer);
      const last = await spare?.catch(() => undefined);
      await last?.end();
    },
  };
}

async function connect(options: SpareOptions, onEnd: () => void): Promise<pg.Client> {
  const client = new pg.Client({
    ...sessionOptions(options),
    query_timeout: options.timeoutMs + CLIENT_GRACE_MS,
  });
  // Without a listener a broken connection would end the process; the next statement on it throws.
  client.on('error', () => {});
  client.on('end', onEnd);
  await client.connect();
  return client;
}

async function warmUp(client: pg.Client, statement: string): Promise<pg.Client> {
  try {
    await client.query(statement);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}
