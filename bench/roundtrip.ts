import pg from 'pg';
import { openFleet } from '../dev/simulation/fleet.ts';
import { type BenchPlatform, openBenchPlatform, whenRegistered } from '../dev/simulation/platform.ts';
import { measureFloors } from './floor.ts';
import { report, summary } from './report.ts';
import { usageDuring } from './usage.ts';

const WARM_UPS = 10;
const ROUNDS = 100;

/** One agent, from sending the POST to the commit of the result row, and where the time goes. */
export async function benchRoundtrip(): Promise<void> {
  await using platform = await openBenchPlatform({ agents: 1 });
  const floors = await floorsOfOne(platform);
  const db = new pg.Client({ connectionString: platform.stack.postgres.url });
  await db.connect();
  await db.query('LISTEN mig_action');
  try {
    const rounds: Round[] = [];
    for (let i = 0; i < WARM_UPS; i++) await measure(platform, db, `warm-up ${i}`);
    const { cpuSeconds, memoryMb } = await usageDuring(platform.home, {}, async () => {
      for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(platform, db, `round ${i}`));
    });
    const part = (name: keyof Round) => summary(rounds.map((round) => round[name]));
    report('roundtrip', [
      {
        what: 'POST to commit of the result row, ms',
        rounds: ROUNDS,
        ...part('total'),
        ...floors,
        cpuSeconds,
        memoryMb,
      },
      { what: 'POST to 202', ...part('accepted') },
      { what: 'POST to target resolved', ...part('resolved') },
      { what: 'target resolved to command confirmed by the relay', ...part('published') },
      { what: 'command confirmed to result taken off the relay', ...part('answered') },
      { what: 'result taken to its commit seen', ...part('committed') },
    ]);
  } finally {
    await db.end();
  }
}

/** Of one simulated agent, which is gone afterwards: the real one sends back nothing but answers. */
async function floorsOfOne(platform: BenchPlatform): Promise<{ relayFloor: number; databaseFloor: number }> {
  const { home, stack, db } = platform;
  await using _fleet = await openFleet(stack, { home, count: 1, prefix: 'floor' });
  await whenRegistered(platform, 'floor', 1);
  const floors = await measureFloors(platform, { prefix: 'floor', runs: 5 });
  await db.query(`DELETE FROM agents WHERE name LIKE 'floor-%'`);
  return floors;
}

interface Round {
  total: number;
  accepted: number;
  resolved: number;
  published: number;
  answered: number;
  committed: number;
}

async function measure(platform: BenchPlatform, db: pg.Client, name: string): Promise<Round> {
  const text = await platform.sign({ name, target: `status='online'`, expiresInMs: 60_000 });
  const committed = whenAnswered(db, name);
  const { sentAt: sent, acceptedMs } = await platform.post(text);
  const { at, row } = await committed;
  return {
    total: at - sent,
    accepted: acceptedMs,
    resolved: row.resolved - sent,
    published: row.published - row.resolved,
    answered: row.finished - row.published,
    committed: at - row.finished,
  };
}

/** Resolves when a notification finds the only command of the action answered. */
function whenAnswered(
  db: pg.Client,
  name: string,
): Promise<{ at: number; row: Record<'resolved' | 'published' | 'finished', number> }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name}: no answer`)), 30_000);
    const look = async () => {
      const at = performance.timeOrigin + performance.now();
      const { rows } = await db.query(
        `SELECT extract(epoch FROM c.starttime) * 1000 AS resolved, extract(epoch FROM c.publishedat) * 1000 AS published,
           extract(epoch FROM c.finishtime) * 1000 AS finished
         FROM commands c JOIN actions a ON a.id = c.actionid WHERE a.name = $1 AND c.status = 'success'`,
        [name],
      );
      if (!rows[0]) return;
      clearTimeout(timer);
      db.off('notification', look);
      const row = Object.fromEntries(Object.entries(rows[0]).map(([part, ms]) => [part, Number(ms)]));
      resolve({ at, row: row as Record<'resolved' | 'published' | 'finished', number> });
    };
    db.on('notification', look);
  });
}
