import { openFleet } from '../dev/simulation/fleet.ts';
import {
  type BenchPlatform,
  openBenchPlatform,
  say,
  whenAnswered,
  whenRegistered,
} from '../dev/simulation/platform.ts';
import { measureFloors } from './floor.ts';
import { report, round, summary } from './report.ts';
import { usageDuring } from './usage.ts';

const SWEPT = 10_000;
const ROUNDS = 100;

/** An action to one agent, alone and while another goes to 10,000: nobody in a hurry waits for a sweep. */
export async function benchMixed(): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  say(`connecting ${SWEPT} simulated agents`);
  await using sweep = await openFleet(stack, {
    home,
    count: SWEPT,
    prefix: 'sweep',
    connections: 4,
  });
  await using single = await openFleet(stack, { home, count: 1, prefix: 'single' });
  await whenRegistered(platform, 'sweep', SWEPT);
  await whenRegistered(platform, 'single', 1);
  const fleets = { ...named('sweep', sweep.pids), ...named('single', single.pids) };
  const floors = await measureFloors(platform, { prefix: 'single', runs: 5 });
  await rounds(platform, 'warm-up', 10);
  const alone = await usageDuring(home, fleets, () => rounds(platform, 'alone', ROUNDS));
  const sweeps = { isOver: false, done: 0 };
  const sweeping = sweepOn(platform, sweeps);
  const beside = await usageDuring(home, fleets, () => rounds(platform, 'beside a sweep', ROUNDS));
  const sweptMeanwhile = await countSwept(platform);
  sweeps.isOver = true;
  await sweeping;
  report('mixed', [
    { what: 'one agent, alone, ms', ...flat(alone), ...floors },
    { what: `one agent, while ${SWEPT} are swept, ms`, ...flat(beside), sweptMeanwhile },
    { what: 'p95 beside a sweep, times of alone', times: round(beside.outcome.p95 / alone.outcome.p95) },
  ]);
}

function named(name: string, pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([part, pid]) => [`${name} ${part}`, pid]));
}

async function rounds(platform: BenchPlatform, name: string, count: number) {
  const times: number[] = [];
  const parts: Record<'accepted' | 'resolved' | 'published' | 'answered', number[]> = {
    accepted: [],
    resolved: [],
    published: [],
    answered: [],
  };
  for (let n = 0; n < count; n++) {
    const text = await platform.sign({ name: `${name} ${n}`, target: `name LIKE 'single-%'` });
    const posted = await platform.post(text);
    const at = await whenAnswered(platform, posted, { count: 1, everyMs: 5 });
    times.push(at - posted.sentAt);
    const { rows } = await platform.db.query(
      `SELECT extract(epoch FROM starttime)::float8 * 1000 AS resolved, extract(epoch FROM publishedat)::float8 * 1000 AS published,
         extract(epoch FROM finishtime)::float8 * 1000 AS finished FROM commands WHERE actionid = $1`,
      [posted.id],
    );
    const { resolved, published, finished } = rows[0];
    parts.accepted.push(posted.acceptedMs);
    parts.resolved.push(resolved - posted.sentAt);
    parts.published.push(published - resolved);
    parts.answered.push(finished - published);
  }
  const p95 = Object.fromEntries(Object.entries(parts).map(([part, ms]) => [part, summary(ms).p95]));
  return { ...summary(times), p95OfParts: p95 };
}

function flat<T>({
  outcome,
  ...usage
}: {
  outcome: T;
  cpuSeconds: object;
  memoryMb: object;
  seconds: number;
}) {
  return { ...outcome, ...usage, seconds: round(usage.seconds) };
}

/** Answers of sweeps so far: what making way for others costs them. */
async function countSwept({ db }: BenchPlatform): Promise<number> {
  const { rows } = await db.query(
    `SELECT count(*)::int AS count FROM commands c JOIN actions a ON a.id = c.actionid
     WHERE a.name LIKE 'sweep %' AND c.status = 'success'`,
  );
  return rows[0].count;
}

async function sweepOn(platform: BenchPlatform, sweeps: { isOver: boolean; done: number }): Promise<void> {
  while (!sweeps.isOver) {
    const text = await platform.sign({ name: `sweep ${sweeps.done}`, target: `name LIKE 'sweep-%'` });
    await whenAnswered(platform, await platform.post(text), { count: SWEPT, everyMs: 100 });
    sweeps.done++;
  }
}
