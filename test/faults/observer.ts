import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

// A process that sees only the database: every 100 ms it reads the accounting of one action in one transaction, and
// records what does not add up. Its parent names the action and asks for the report.
const EVERY_MS = 100;
const CONNECT_TIMEOUT_MS = 2000;
const QUERY_TIMEOUT_MS = 5000;

export interface Observation {
  /** Milliseconds since 1970. */
  at: number;
  waiting: number;
  final: number;
}

export interface ObserverReport {
  observations: Observation[];
  violations: string[];
}

export interface ObserverOrder {
  url: string;
  actionId: number;
  targeted: number;
}

interface Counts {
  isResolved: boolean;
  status: string;
  byStatus: Record<string, number>;
}

const FINAL_ACTIONS = ['completed', 'invalid', 'cancelled'];
const STATUSES = ['sent', 'success', 'failed', 'timeout', 'cancelled', 'expired'];

const stop = new AbortController();
const report: ObserverReport = { observations: [], violations: [] };

process.on('message', (message: ObserverOrder | 'report') => {
  if (message === 'report') {
    stop.abort();
    process.send?.(report, () => process.exit());
  } else void observe(message);
});
process.on('disconnect', () => process.exit());

async function observe({ url, actionId, targeted }: ObserverOrder): Promise<void> {
  const readCounts = createReader(url, actionId);
  let before: Counts | undefined;
  while (!stop.signal.aborted) {
    const counts = await readCounts().catch(() => undefined);
    if (counts?.isResolved) {
      check(counts, { before, targeted });
      before = counts;
      const { sent: waiting = 0, ...final } = counts.byStatus;
      report.observations.push({ at: Date.now(), waiting, final: sum(final) });
    }
    await sleep(EVERY_MS);
  }
}

/** Checks what must hold at every instant: targeted = waiting + final by status, and what is final stays final. */
function check(counts: Counts, { before, targeted }: { before: Counts | undefined; targeted: number }): void {
  const complain = (what: string) =>
    report.violations.push(`${new Date().toISOString()} ${what}: ${JSON.stringify(counts)}`);
  const { byStatus, status } = counts;
  if (sum(byStatus) !== targeted) complain(`the commands are not ${targeted}`);
  if (Object.keys(byStatus).some((name) => !STATUSES.includes(name))) complain('an unknown status');
  if (FINAL_ACTIONS.includes(status) && countOf('sent', counts) > 0) complain('a final action waits');
  for (const name of ['success', 'failed', 'timeout']) {
    if (before && countOf(name, counts) < countOf(name, before)) complain(`${name} went back`);
  }
}

/** A status without commands has no count. */
function countOf(status: string, { byStatus }: Counts): number {
  return byStatus[status] ?? 0;
}

/** Returns a function that reads the counts on one connection, and on a new one after a failure. */
function createReader(url: string, actionId: number): () => Promise<Counts> {
  let client: pg.Client | undefined;
  return async () => {
    try {
      client ??= await connect(url);
      return await readInOneTransaction(client, actionId);
    } catch (error) {
      void client?.end().catch(() => {});
      client = undefined;
      throw error;
    }
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'observer',
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function readInOneTransaction(db: pg.Client, actionId: number): Promise<Counts> {
  await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const actions = await db.query('SELECT status, resolvedat FROM actions WHERE id = $1', [actionId]);
  const commands = await db.query(
    'SELECT status, count(*)::int AS count FROM commands WHERE actionid = $1 GROUP BY status',
    [actionId],
  );
  await db.query('COMMIT');
  const [action] = actions.rows;
  if (action === undefined) throw new Error(`there is no action ${actionId}`);
  return {
    isResolved: action.resolvedat !== null,
    status: action.status,
    byStatus: Object.fromEntries(commands.rows.map(({ status, count }) => [status, count])),
  };
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
