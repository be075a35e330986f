import { setTimeout as sleep } from 'node:timers/promises';
import { openFleet } from '../dev/simulation/fleet.ts';
import {
  type BenchPlatform,
  openBenchPlatform,
  say,
  whenAnswered,
  whenRegistered,
} from '../dev/simulation/platform.ts';
import { waitFor } from '../dev/wait.ts';
import { report, round, summary } from './report.ts';
import { usageOfParts } from './usage.ts';

const AGENTS = 10_000;
const SWEEPS = 10;
const ANSWER_BYTES = 20_000;
const STORMS = 10;
const ACTIONS = 500;
const PROBE_EVERY_MS = 50;

/** Too much at once: 100,000 large answers, 100,000 heartbeats, 500 actions. Who watches is served meanwhile. */
export async function benchFlood(): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  say(`connecting ${AGENTS} simulated agents`);
  await using fleet = await openFleet(stack, {
    home,
    count: AGENTS,
    prefix: 'bench',
    connections: 4,
    answerBytes: ANSWER_BYTES,
  });
  await whenRegistered(platform, 'bench', AGENTS);
  const watched = await platform.post(await platform.sign({ name: 'watched', target: `name = 'bench-1'` }));
  await whenAnswered(platform, watched, { count: 1 });
  const results: Record<string, unknown>[] = [];
  const phase = async (what: string, work: () => Promise<Record<string, unknown>>) => {
    const watch = startWatch(platform, watched.id);
    const began = performance.now();
    const outcome = await work();
    const seconds = round((performance.now() - began) / 1000);
    results.push({ what, seconds, ...outcome, ...(await watch.end()) });
    say(JSON.stringify(results.at(-1)));
  };
  await phase(`${SWEEPS * AGENTS} answers of ${ANSWER_BYTES / 1000} kB`, () => floodOfAnswers(platform));
  await phase(`${STORMS * AGENTS} heartbeats`, () => stormOfHeartbeats(platform, () => fleet.heartbeat()));
  await phase(`${ACTIONS} actions`, () => manyActions(platform));
  report('flood', results);
}

async function floodOfAnswers(platform: BenchPlatform): Promise<Record<string, unknown>> {
  const posted = [];
  for (let n = 0; n < SWEEPS; n++) {
    posted.push(
      await platform.post(await platform.sign({ name: `flood ${n}`, target: `name LIKE 'bench-%'` })),
    );
  }
  for (const one of posted) await whenAnswered(platform, one, { count: AGENTS, everyMs: 200 });
  return { answered: SWEEPS * AGENTS };
}

async function stormOfHeartbeats(
  { db }: BenchPlatform,
  heartbeat: () => Promise<void>,
): Promise<Record<string, unknown>> {
  for (let n = 0; n < STORMS; n++) await heartbeat();
  const began = Date.now();
  await heartbeat();
  await waitFor(
    'the last heartbeats',
    async () => {
      const { rows } = await db.query(
        'SELECT count(*)::int AS late FROM agents WHERE heartbeattime < to_timestamp($1 / 1000.0)',
        [began],
      );
      return rows[0].late === 0;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
  return { recorded: AGENTS };
}

/** All at once; who is told to come back comes back, and in the end every one is answered. */
async function manyActions(platform: BenchPlatform): Promise<Record<string, unknown>> {
  let refused = 0;
  const posted = await Promise.all(
    Array.from({ length: ACTIONS }, async (_, n) => {
      const text = await platform.sign({ name: `action ${n}`, target: `name = 'bench-${n}'` });
      for (;;) {
        try {
          return await platform.post(text, `flood-${n}`);
        } catch (error) {
          if (!/answered (429|503)/.test((error as Error).message)) throw error;
          refused++;
          await sleep(1000);
        }
      }
    }),
  );
  for (const one of posted) await whenAnswered(platform, one, { count: 1, everyMs: 100 });
  return { accepted: posted.length, refusedFirst: refused };
}

/** One who looks at an action twenty times a second, and what every process takes meanwhile. */
function startWatch({ home, stack, authorization }: BenchPlatform, actionId: number) {
  const stop = new AbortController();
  const ms: number[] = [];
  const peakMb: Record<string, number> = {};
  let refusals = 0;
  let failures = 0;
  const probe = (async () => {
    while (!stop.signal.aborted) {
      const headers = await authorization();
      const began = performance.now();
      const answer = await fetch(`${stack.api.url}/action?actionid=${actionId}`, { headers });
      await answer.text();
      if (answer.status === 200) ms.push(performance.now() - began);
      else if (answer.status === 503 && answer.headers.has('Retry-After')) refusals++;
      else failures++;
      await sleep(PROBE_EVERY_MS);
    }
  })();
  const measure = (async () => {
    while (!stop.signal.aborted) {
      for (const [name, { rssMb }] of Object.entries(usageOfParts(home))) {
        peakMb[name] = Math.max(peakMb[name] ?? 0, rssMb);
      }
      await sleep(500);
    }
  })();
  return {
    async end() {
      stop.abort();
      await Promise.all([probe, measure]);
      return { apiMs: summary(ms), asked: ms.length, refusals, failures, memoryMb: peakMb };
    },
  };
}
