import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../contract/digest.ts';
import { UPGRADE_STEPS, type UpgradeStep } from '../../contract/rules/upgrade-protocol.ts';
import { buildAgent } from '../../dev/build/build-agent.ts';
import { nativeName, selectTarget } from '../../dev/build/targets.ts';
import { openFileServer, serveFile } from '../../dev/file-server.ts';
import { openTestbed, type Testbed, waitForFinalStatus } from '../../dev/simulation/testbed.ts';
import type { AgentSpec } from '../../dev/stack/agents.ts';
import { startPart } from '../../dev/stack/parts.ts';
import { loadPeople } from '../../dev/stack/seed.ts';
import { runningDaemon } from '../../dev/stack/services/processes.ts';
import { restartService } from '../../dev/stack/services/services.ts';
import { agentRelay } from '../../dev/stack/stack-file.ts';
import { report } from '../../dev/terminal.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import { signalProcess, signalProcessGroup } from '../../platform/machine/process-signals.ts';
import { usage } from '../../platform/program/command-line.ts';
import { type InstalledAgent, openInstalledAgent } from '../setup/installed-agent.ts';
import { openStepWatch, type StepWatch } from './step-watch.ts';
import { outcomeTable, type UpgradeOutcome, VICTIMS, type Victim } from './upgrade-outcome.ts';

const OLD = '20260101+aaaaaaa.test';
const NEW = '20260201+bbbbbbb.test';
/** In the first step nothing has happened yet, in the last nothing is left to happen. */
const STEPS = UPGRADE_STEPS.filter((step) => step !== 'waiting' && step !== 'done');
/** An upgrade whose new agent was killed ends after this time. */
const STEP_TIMEOUT_MS = 40_000;
const END_TIMEOUT_MS = 240_000;
const STABLE_CHECKS = 6;

interface Context {
  testbed: Testbed;
  steps: StepWatch;
  binary: (version: string) => string;
  location: string;
}

/**
 * Upgrades a real agent under a service manager, once for each step and each part, and kills the part when the step is
 * reached. Afterwards exactly one agent must run and answer, the record must have an outcome, and no file may be left over.
 * Returns the number of upgrades with problems.
 */
export async function killAtEveryStep(only: { victims?: string[]; steps?: string[] }): Promise<number> {
  requireKnown('--victim', only.victims, VICTIMS);
  requireKnown('--step', only.steps, STEPS);
  const steps = STEPS.filter((step) => only.steps?.includes(step) ?? true);
  const victims = VICTIMS.filter((victim) => only.victims?.includes(victim) ?? true);
  const builds = mkdtempSync(join(tmpdir(), 'mig-builds-'));
  const binary = (version: string) => join(builds, `mig-agent-${version}`);
  try {
    report('building two versions of the agent');
    for (const version of [OLD, NEW]) buildAgent(selectTarget(nativeName()), binary(version), { version });
    const outcomes = await upgradeAll({ victims, steps, binary });
    process.stdout.write(outcomeTable(outcomes, STEPS));
    const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
    process.stdout.write(`${outcomes.length - failed} of ${outcomes.length} ended well\n`);
    return failed;
  } finally {
    rmSync(builds, { recursive: true, force: true });
  }
}

function requireKnown(option: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = given?.find((one) => !known.includes(one));
  if (unknown !== undefined) throw usage(`${option}: no ${unknown}; there are ${known.join(', ')}`);
}

async function upgradeAll({
  victims,
  steps,
  binary,
}: {
  victims: readonly Victim[];
  steps: readonly UpgradeStep[];
  binary: (version: string) => string;
}): Promise<UpgradeOutcome[]> {
  await using testbed = await openTestbed({
    worker: { MIG_UPGRADE_STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
  });
  await using watch = await openStepWatch(testbed.stack.postgres.url);
  await using server = await openFileServer(dirname(testbed.stack.relay.caFile), serveFile(binary(NEW)));
  const context = { testbed, steps: watch, binary, location: `${server.url}/mig-agent` };
  const outcomes: UpgradeOutcome[] = [];
  for (const victim of victims) {
    // All upgrades share the worker and the relay: only agents can be killed independently of each other.
    const isShared = victim === 'worker' || victim === 'relay';
    const semaphore = createSemaphore(isShared ? 1 : 4);
    const upgradeAndPrint = async (step: UpgradeStep) => {
      const outcome = await upgradeOnce(step, victim, context);
      outcomes.push(outcome);
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
    };
    await Promise.all(steps.map((step) => semaphore.withPermit(() => upgradeAndPrint(step))));
  }
  return outcomes;
}

async function upgradeOnce(step: UpgradeStep, victim: Victim, context: Context): Promise<UpgradeOutcome> {
  const { testbed, binary } = context;
  const startedAt = performance.now();
  const name = `${victim} at ${step}`.replaceAll(' ', '-');
  const spec = await specOf(testbed, name, binary(OLD));
  await using agent = await openInstalledAgent(spec, { version: OLD });
  const old = await agent.status();
  if (!old) throw new Error(`${name} has no status`);
  const actionId = await postUpgrade(name, context);
  await context.steps.waitForStep(actionId, step);
  await kill(victim, { testbed, agent, oldPid: old.pid });
  await waitForEnd(testbed, actionId);
  const record = await readUpgrade(testbed, actionId);
  const { answers, problems } = await inspect(agent, testbed);
  if (record.outcome === null) problems.push('the record has no outcome');
  return {
    step,
    victim,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    outcome: record.outcome ?? 'none',
    reason: record.reason,
    answers,
    problems,
  };
}

async function specOf(testbed: Testbed, name: string, executable: string): Promise<AgentSpec> {
  const { home, stack } = testbed;
  return {
    home,
    name,
    executable,
    people: await loadPeople(join(home, 'keys')),
    ...agentRelay(stack),
    heartbeat: '2s',
    settings: { agent: ['upgradewait = "60s"'] },
  };
}

async function postUpgrade(name: string, { testbed, binary, location }: Context): Promise<number> {
  const checksum = sha256Hex(readFileSync(binary(NEW)));
  const parameters = { [nativeName().replace('-', '/')]: { to_version: NEW, location, checksum } };
  const action = await testbed.sign({
    name,
    target: `name = '${name}'`,
    operations: [{ module: 'upgrade', parameters }],
  });
  const { id } = await testbed.post(action, randomUUID());
  return id;
}

async function kill(
  victim: Victim,
  { testbed: { home }, agent, oldPid }: { testbed: Testbed; agent: InstalledAgent; oldPid: number },
): Promise<void> {
  switch (victim) {
    case 'worker':
      signalProcessGroup(runningDaemon(home, 'worker').pid, 'SIGKILL');
      return startPart(home, 'worker');
    case 'relay':
      signalProcessGroup(runningDaemon(home, 'rabbitmq').pid, 'SIGKILL');
      return restartService(home, 'rabbitmq', { vhosts: ['mig'] });
    case 'old agent':
      return signalProcess(oldPid, 'SIGKILL');
    case 'new agent': {
      // When the upgrade was only sent, the new agent is killed as soon as it runs.
      const newPid = () => agent.running().find(({ executable }) => executable.endsWith(NEW))?.pid;
      return signalProcess(await waitFor('the new agent', newPid, { everyMs: 5 }), 'SIGKILL');
    }
  }
}

async function readUpgrade(
  { db }: Testbed,
  actionId: number,
): Promise<{ outcome: string | null; reason: string | null }> {
  const { rows } = await db.query('SELECT outcome, reason FROM upgrades WHERE actionid = $1', [actionId]);
  return rows[0];
}

/** Finds out which agent is left, and whether it is alone, works, and has cleaned up. */
async function inspect(
  agent: InstalledAgent,
  testbed: Testbed,
): Promise<Pick<UpgradeOutcome, 'answers' | 'problems'>> {
  const problems: string[] = [];
  const settled = await waitFor('one agent', () => findOnlyAgent(agent), { timeoutMs: 60_000 }).catch(
    () => undefined,
  );
  if (!settled) problems.push(`${agent.running().length} agents run`);
  const version = settled?.executable.endsWith(NEW) ? NEW : OLD;
  if (!(await answersAction(testbed, agent.name))) problems.push('no answer to the next action');
  const isClean = await waitFor('no file left over', () => leftOver(agent, version).length === 0, {
    timeoutMs: 20_000,
  }).catch(() => false);
  if (!isClean) problems.push(`left over: ${leftOver(agent, version).join(', ')}`);
  if (!settled) return { answers: 'nobody', problems };
  return { answers: version === NEW ? 'new' : 'old', problems };
}

/** Returns the agent when it is alone and the same for three seconds, and reports that it is connected. */
async function findOnlyAgent(agent: InstalledAgent): Promise<{ executable: string } | undefined> {
  const [only, ...others] = agent.running();
  if (!only || others.length > 0) return undefined;
  for (let n = 0; n < STABLE_CHECKS; n++) {
    await sleep(500);
    const now = agent.running();
    if (now.length !== 1 || now[0]?.pid !== only.pid) return undefined;
  }
  const status = await agent.status();
  return status?.pid === only.pid && status.connected ? only : undefined;
}

async function answersAction(testbed: Testbed, agentName: string): Promise<boolean> {
  const action = await testbed.sign({
    name: `after ${agentName}`,
    target: `name = '${agentName}'`,
    expiresInMs: 60_000,
  });
  const { id: actionId } = await testbed.post(action, randomUUID());
  await waitForEnd(testbed, actionId);
  const { rows } = await testbed.db.query('SELECT status FROM commands WHERE actionid = $1', [actionId]);
  return rows.length === 1 && rows[0].status === 'success';
}

function leftOver(agent: InstalledAgent, version: string): string[] {
  return [
    ...agent.files().filter((name) => !['mig-agent', `mig-agent-${version}`].includes(name)),
    ...readdirSync(agent.stateDir).filter((name) => /waiting|pending/.test(name)),
  ];
}

async function waitForEnd(testbed: Testbed, actionId: number): Promise<void> {
  await waitForFinalStatus(testbed, { actionId, timeoutMs: END_TIMEOUT_MS, everyMs: 100 });
}
