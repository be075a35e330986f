import { setTimeout as sleep } from 'node:timers/promises';
import { openBenchPlatform, say, whenRegistered } from './platform.ts';
import { report, round } from './report.ts';
import { openFleet } from './simulation/fleet.ts';
import { cpuBetween, usageOfParts } from './usage.ts';

const AGENTS = 10_000;
const HEARTBEATS_S = 10;
const IDLE_S = 60;

/** What 10,000 heartbeats within ten seconds cost the platform, and what the same agents cost while nobody asks. */
export async function benchHeartbeats(): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack, db } = platform;
  say(`connecting ${AGENTS} simulated agents`);
  await using fleet = await openFleet(stack, { home, count: AGENTS, prefix: 'bench', connections: 4 });
  await whenRegistered(platform, 'bench', AGENTS);
  await sleep(5_000);
  const measured = async (seconds: number, what: () => Promise<unknown>) => {
    const before = usageOfParts(home, fleet.pids);
    const began = performance.now();
    await what();
    const took = (performance.now() - began) / 1000;
    const cpu = cpuBetween(before, usageOfParts(home, fleet.pids));
    const ofPlatform = Object.entries(cpu).filter(([name]) => !(name in fleet.pids));
    const cores = ofPlatform.reduce((sum, [, value]) => sum + value, 0) / took;
    return { seconds: round(took), aim: seconds, platformCores: round(cores), cpuSeconds: cpu };
  };
  const heartbeats = await measured(HEARTBEATS_S, async () => {
    const began = Date.now();
    await fleet.heartbeat(HEARTBEATS_S * 1000);
    for (;;) {
      const { rows } = await db.query(
        'SELECT count(*)::int AS late FROM agents WHERE heartbeattime < to_timestamp($1 / 1000.0)',
        [began],
      );
      if (rows[0].late === 0) return;
      await sleep(50);
    }
  });
  const idle = await measured(IDLE_S, () => sleep(IDLE_S * 1000));
  report('heartbeats', [
    { what: `${AGENTS} heartbeats, from the first to the last recorded`, ...heartbeats },
    { what: `${AGENTS} idle agents, between heartbeats`, ...idle },
  ]);
}
