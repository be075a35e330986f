import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

// An outsider with eyes on the database only: reads the accounting of one action in one transaction every 100 ms and
// reports what does not add up. Its parent tells it which action, and asks for what it saw.
const EVERY_MS = 100;

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

let isOver = false;
const report: ObserverReport = { observations: [], violations: [] };

process.on('message', (message: ObserverOrder | 'report') => {
  if (message === 'report') {
    isOver = true;
    process.send?.(report, () => process.exit());
  } else void observe(message);
});
process.on('disconnect', () => process.exit());

async function observe({ url, actionId, targeted }: ObserverOrder): Promise<void> {
  let before: Counts | undefined;
  while (!isOver) {
    const counts = await read(url, actionId).catch(() => undefined);
    if (counts?.isResolved) {
      check(counts, { before, targeted });
      before = counts;
      const { sent: waiting, ...final } = counts.byStatus;
      report.observations.push({ at: Date.now(), waiting: waiting ?? 0, final: sum(final) });
    }
    await sleep(EVERY_MS);
  }
}

interface Counts {
  isResolved: boolean;
  status: string;
  byStatus: Record<string, number>;
}

const FINAL_ACTIONS = ['completed', 'invalid', 'cancelled'];
const STATUSES = ['sent', 'success', 'failed', 'timeout', 'cancelled', 'expired'];

/** What must hold at every instant: targeted = waiting + final by status, and what is final stays final. */
function check(counts: Counts, { before, targeted }: { before: Counts | undefined; targeted: number }): void {
  const complain = (what: string) =>
    report.violations.push(`${new Date().toISOString()} ${what}: ${JSON.stringify(counts)}`);
  const { byStatus, status } = counts;
  if (sum(byStatus) !== targeted) complain(`the commands are not ${targeted}`);
  if (Object.keys(byStatus).some((name) => !STATUSES.includes(name))) complain('an unknown status');
  if (FINAL_ACTIONS.includes(status) && (byStatus.sent ?? 0) > 0) complain('a final action waits');
  for (const name of ['success', 'failed', 'timeout']) {
    if ((byStatus[name] ?? 0) < (before?.byStatus[name] ?? 0)) complain(`${name} went back`);
  }
}

let client: pg.Client | undefined;

/** On one connection for as long as it lasts. */
async function read(url: string, actionId: number): Promise<Counts> {
  try {
    client ??= await connect(url);
    return await readOn(client, actionId);
  } catch (error) {
    void client?.end().catch(() => {});
    client = undefined;
    throw error;
  }
}

async function connect(url: string): Promise<pg.Client> {
  const fresh = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2000,
    query_timeout: 5000,
    application_name: 'observer',
  });
  fresh.on('error', () => {});
  await fresh.connect();
  return fresh;
}

async function readOn(db: pg.Client, actionId: number): Promise<Counts> {
  await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const action = await db.query('SELECT status, resolvedat FROM actions WHERE id = $1', [actionId]);
  const commands = await db.query(
    'SELECT status, count(*)::int AS count FROM commands WHERE actionid = $1 GROUP BY status',
    [actionId],
  );
  await db.query('COMMIT');
  return {
    isResolved: action.rows[0]?.resolvedat != null,
    status: action.rows[0]?.status ?? '',
    byStatus: Object.fromEntries(commands.rows.map(({ status, count }) => [status, count])),
  };
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
