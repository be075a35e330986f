import { type BenchPlatform, openBenchPlatform, say, whenAnswered, whenRegistered } from './platform.ts';
import { report, round, summary } from './report.ts';
import { openFleet } from './simulation/fleet.ts';
import { cpuBetween, usageOfParts } from './usage.ts';

const SWEPT = 10_000;
const ROUNDS = 100;

/** An action to one agent, alone and while another goes to 10,000: nobody in a hurry waits for a sweep. */
export async function benchMixed(): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  say(`connecting ${SWEPT} simulated agents`);
  await using sweep = await openFleet(stack, {
    ...{ home, count: SWEPT, prefix: 'sweep', connections: 4 },
  });
  await using single = await openFleet(stack, { home, count: 1, prefix: 'single' });
  await whenRegistered(platform, 'sweep', SWEPT);
  await whenRegistered(platform, 'single', 1);
  const fleets = { ...named('sweep', sweep.pids), ...named('single', single.pids) };
  const busy = async <T>(work: () => Promise<T>) => {
    const [before, began] = [usageOfParts(home, fleets), performance.now()];
    const outcome = await work();
    const seconds = (performance.now() - began) / 1000;
    const cpu = Object.entries(cpuBetween(before, usageOfParts(home, fleets)));
    return {
      ...outcome,
      usedCores: Object.fromEntries(cpu.map(([part, used]) => [part, round(used / seconds)])),
    };
  };
  await rounds(platform, 'warm-up', 10);
  const alone = await busy(() => rounds(platform, 'alone', ROUNDS));
  const sweeps = { isOver: false, done: 0 };
  const sweeping = sweepOn(platform, sweeps);
  const beside = await busy(() => rounds(platform, 'beside a sweep', ROUNDS));
  sweeps.isOver = true;
  await sweeping;
  report('mixed', [
    { what: 'one agent, alone, ms', ...alone },
    { what: `one agent, while ${SWEPT} are swept, ms`, ...beside, sweeps: sweeps.done },
    { what: 'p95 beside a sweep, times of alone', times: round(beside.p95 / alone.p95) },
  ]);
}

function named(name: string, pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([part, pid]) => [`${name} ${part}`, pid]));
}

async function rounds(platform: BenchPlatform, name: string, count: number) {
  const times: number[] = [];
  const parts: Record<'accepted' | 'resolved' | 'published' | 'answered', number[]> = {
    ...{ accepted: [], resolved: [], published: [], answered: [] },
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

async function sweepOn(platform: BenchPlatform, sweeps: { isOver: boolean; done: number }): Promise<void> {
  while (!sweeps.isOver) {
    const text = await platform.sign({ name: `sweep ${sweeps.done}`, target: `name LIKE 'sweep-%'` });
    await whenAnswered(platform, await platform.post(text), { count: SWEPT, everyMs: 100 });
    sweeps.done++;
  }
}
