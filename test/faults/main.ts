import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build/ensure-built.ts';
import { openFleet } from '../../dev/simulation/fleet.ts';
import { openBenchPlatform, say, whenRegistered } from '../../dev/simulation/platform.ts';
import { startPart } from '../../dev/stack/stack.ts';
import { readNumber, runCommand, usage } from '../../platform/command-line.ts';
import { openTcpGate } from '../setup/tcp-gate.ts';
import { planFaults } from './plan.ts';
import { runPlan } from './run.ts';
import { killAtEveryStep } from './upgrade.ts';

const USAGE = `npm run chaos -- [--seed N] [--seeds COUNT] [--agents COUNT]

Runs one action to 2,000 agents while the stack is killed, stopped, cut off and starved at moments that the seed decides,
and checks that nothing is lost, nothing is run twice and the accounting is exact at every instant. COUNT seeds from N on.

npm run chaos -- upgrade [--victim NAME]... [--step NAME]...

Upgrades real agents, killing the worker, the relay, the old or the new agent at each step, and prints how each ended.
`;

/** Slow and flapping ones stretch the action over the time of the faults; nobody but the liars lies. */
const MIX = { slow: 0.15, flapping: 0.05, offline: 0.02, lying: 0.02, oversized: 0.002 };
const SLOW_MS = 9_000;
const REAL_AGENTS = 2;

await runCommand(
  {
    usage: USAGE,
    words: 1,
    options: {
      victim: { type: 'string', multiple: true },
      step: { type: 'string', multiple: true },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      agents: { type: 'string' },
    },
  },
  async ({ victim: victims, step: steps, ...values }, [word]) => {
    if (word !== undefined && word !== 'upgrade') throw usage(`unknown argument: ${word}`);
    const foreign = word === 'upgrade' ? values : { '--victim': victims, '--step': steps };
    const [wrong] = Object.entries(foreign).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (wrong !== undefined)
      throw usage(`--${wrong.replace('--', '')}: not for ${word ?? 'chaos without upgrade'}`);
    if (word === 'upgrade') {
      const failed = await killAtEveryStep({ ...(victims && { victims }), ...(steps && { steps }) });
      return failed === 0 ? 0 : 1;
    }
    const failed = await chaos({
      first: readNumber('--seed', values.seed, { byDefault: 1, min: 0, max: 2 ** 31 }),
      seeds: readNumber('--seeds', values.seeds, { byDefault: 1, min: 1, max: 10_000 }),
      agents: readNumber('--agents', values.agents, { byDefault: 2000, min: REAL_AGENTS + 1, max: 20_000 }),
    });
    return failed === 0 ? 0 : 1;
  },
);

async function chaos({
  first,
  seeds,
  agents,
}: {
  first: number;
  seeds: number;
  agents: number;
}): Promise<number> {
  const simulated = agents - REAL_AGENTS;
  const clock = { file: '' };
  await using platform = await openBenchPlatform({
    agents: REAL_AGENTS,
    agent: (home) => {
      clock.file = join(home, 'clock');
      writeFileSync(clock.file, '0');
      return { executable: ensureAgentBuilt(HOSTILE), env: { MIG_TEST_CLOCK_FILE: clock.file } };
    },
  });
  const { home, stack } = platform;
  await startPart(home, 'worker-2');
  await using gate = await openTcpGate(stack.relay.host, stack.relay.port);
  await using fleet = await openFleet(stack, {
    home,
    count: simulated,
    prefix: 'chaos',
    connections: 4,
    mix: MIX,
    slowMs: SLOW_MS,
    relay: { port: gate.port },
  });
  await whenRegistered(platform, 'chaos', simulated);
  let failed = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    await fleet.heartbeat();
    const plan = planFaults(seed);
    say(`seed ${seed}: ${plan.faults.map(({ name }) => name).join(', ')}`);
    const targets = { home, gate, clockFile: clock.file };
    const report = await runPlan(plan, { platform, fleet, targets, targeted: agents });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    if (report.problems.length > 0) failed++;
  }
  process.stdout.write(`${seeds - failed} passed, ${failed} failed\n`);
  return failed;
}
