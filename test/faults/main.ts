import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchPlatform, say, whenRegistered } from '../../bench/platform.ts';
import { openFleet } from '../../bench/simulation/fleet.ts';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build.ts';
import { startPart } from '../../dev/stack.ts';
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    victim: { type: 'string', multiple: true },
    step: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    agents: { type: 'string', default: '2000' },
    help: { type: 'boolean' },
  },
});

/** Slow and flapping ones stretch the action over the time of the faults; nobody but the liars lies. */
const MIX = { slow: 0.15, flapping: 0.05, offline: 0.02, lying: 0.02, oversized: 0.002 };
const SLOW_MS = 9_000;
const REAL_AGENTS = 2;

if (values.help) process.stdout.write(USAGE);
else process.exitCode = (await (positionals[0] === 'upgrade' ? upgrades() : chaos())) === 0 ? 0 : 1;

function upgrades(): Promise<number> {
  const { victim: victims, step: steps } = values;
  return killAtEveryStep({ ...(victims && { victims }), ...(steps && { steps }) });
}

async function chaos(): Promise<number> {
  const simulated = Number(values.agents) - REAL_AGENTS;
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
    ...{ home, count: simulated, prefix: 'chaos', connections: 4, mix: MIX, slowMs: SLOW_MS },
    relay: { port: gate.port },
  });
  await whenRegistered(platform, 'chaos', simulated);
  const first = Number(values.seed);
  let failed = 0;
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    await fleet.heartbeat();
    const plan = planFaults(seed);
    say(`seed ${seed}: ${plan.faults.map(({ name }) => name).join(', ')}`);
    const targets = { home, gate, clockFile: clock.file };
    const report = await runPlan(plan, { platform, fleet, targets, targeted: Number(values.agents) });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    if (report.problems.length > 0) failed++;
  }
  process.stdout.write(`${Number(values.seeds) - failed} passed, ${failed} failed\n`);
  return failed;
}
