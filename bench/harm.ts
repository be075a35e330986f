import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt, HOSTILE } from '../dev/build/ensure-built.ts';
import { openAgentStand } from './agent-rig.ts';
import { report, summary } from './report.ts';

const LIMIT_S = 10;
/** Alternatives that share beginnings, over every file of the system: slow for any engine. */
const REGEX_BOMB = {
  module: 'file',
  parameters: {
    searches: {
      bomb: { paths: ['/'], contents: ['((a|b|ab)*(c|d|cd)*)+x{20,40}$'], options: { matchall: true } },
    },
  },
};
const hostile = (behaviour: string, more: object = {}) => ({
  module: 'hostile',
  parameters: { behaviour, ...more },
});

/** What the owner of a machine feels while modules run wild on it: how long it takes to start `true`. */
export async function benchHarm(): Promise<void> {
  const results = [];
  for (const cgroups of ['on', 'off']) {
    const settings = { agent: [`  moduletimeout = "${LIMIT_S}s"`], limits: [`  cgroups = ${cgroups}`] };
    await using stand = await openAgentStand(ensureAgentBuilt(HOSTILE), { settings });
    for (const [what, operations] of Object.entries({
      nothing: undefined,
      'a regex bomb': [REGEX_BOMB],
      'an endless module on every processor': [hostile('spin', { processes: 8 })],
      'a memory hog': [hostile('allocate')],
      'a fork bomb': [hostile('bomb')],
    })) {
      results.push({ what, controlGroups: cgroups, ...(await measure(stand, operations)) });
      process.stderr.write(`${JSON.stringify(results.at(-1))}\n`);
    }
  }
  report('harm', results);
}

async function measure(stand: Awaited<ReturnType<typeof openAgentStand>>, operations: object[] | undefined) {
  let isOver = false;
  let endedAt = 0;
  const began = performance.now();
  const running = operations
    ? stand.run(operations).finally(() => {
        isOver = true;
        endedAt = performance.now();
      })
    : sleep(5000).then(() => {
        isOver = true;
        return undefined;
      });
  const spawned: Promise<number>[] = [];
  while (!isOver || spawned.length < 20) {
    spawned.push(spawnTrue());
    await sleep(100);
  }
  const answer = await running;
  return {
    ended: answer?.status,
    because: answer?.results[0]?.errors?.[0],
    after: answer && Math.round(endedAt - began) / 1000,
    spawns: spawned.length,
    spawnMs: summary(await Promise.all(spawned)),
  };
}

function spawnTrue(): Promise<number> {
  const began = performance.now();
  return new Promise((resolve) => spawn('true').on('close', () => resolve(performance.now() - began)));
}
