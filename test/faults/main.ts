import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAgentBuilt, HOSTILE } from '../../dev/build/ensure-built.ts';
import { openRegisteredFleet } from '../../dev/simulation/registered-fleet.ts';
import { openTestbed } from '../../dev/simulation/testbed.ts';
import { startPart } from '../../dev/stack/parts.ts';
import { report } from '../../dev/terminal.ts';
import { readNumber, runScript, usage } from '../../platform/program/command-line.ts';
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

/** Slow and flapping agents stretch the action over the time of the faults. */
const MIX = { slow: 0.15, flapping: 0.05, offline: 0.02, lying: 0.02, oversized: 0.002 };
const SLOW_MS = 9_000;
const REAL_AGENTS = 2;

await runScript(
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
    if (word === 'upgrade') {
      refuseOptions(values, 'upgrade');
      const failed = await killAtEveryStep({ ...(victims && { victims }), ...(steps && { steps }) });
      return failed === 0 ? 0 : 1;
    }
    refuseOptions({ victim: victims, step: steps }, 'chaos without upgrade');
    const failed = await runSeeds({
      firstSeed: readNumber('--seed', values.seed, { byDefault: 1, min: 0, max: 2 ** 31 }),
      seeds: readNumber('--seeds', values.seeds, { byDefault: 1, min: 1, max: 10_000 }),
      agents: readNumber('--agents', values.agents, { byDefault: 2000, min: REAL_AGENTS + 1, max: 20_000 }),
    });
    return failed === 0 ? 0 : 1;
  },
);

function refuseOptions(options: Record<string, unknown>, command: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) throw usage(`--${name}: not for ${command}`);
  }
}

/** Returns how many seeds failed. */
async function runSeeds({
  firstSeed,
  seeds,
  agents,
}: {
  firstSeed: number;
  seeds: number;
  agents: number;
}): Promise<number> {
  const simulated = agents - REAL_AGENTS;
  await using testbed = await openTestbed({ agents: REAL_AGENTS, agent: agentWithClock });
  const { home, stack } = testbed;
  await startPart(home, 'worker-2');
  await using gate = await openTcpGate(stack.relay.host, stack.relay.port);
  await using fleet = await openRegisteredFleet(testbed, {
    count: simulated,
    prefix: 'chaos',
    connections: 4,
    mix: MIX,
    slowMs: SLOW_MS,
    relay: { port: gate.port },
  });
  const targets = { home, gate, clockFile: clockFile(home) };
  let failed = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    await fleet.heartbeat();
    const plan = planFaults(seed);
    report(`seed ${seed}: ${plan.faults.map(({ name }) => name).join(', ')}`);
    const result = await runPlan(plan, { testbed, fleet, targets, targeted: agents });
    process.stdout.write(`${JSON.stringify(result)}\n`);
    if (result.problems.length > 0) failed++;
  }
  process.stdout.write(`${seeds - failed} passed, ${failed} failed\n`);
  return failed;
}

/** An agent that adds the milliseconds in a file to its clock. */
function agentWithClock(home: string): { executable: string; env: Record<string, string> } {
  writeFileSync(clockFile(home), '0');
  return { executable: ensureAgentBuilt(HOSTILE), env: { MIG_TEST_CLOCK_FILE: clockFile(home) } };
}

function clockFile(home: string): string {
  return join(home, 'clock');
}
