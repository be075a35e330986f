import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { UPGRADE_STEPS, type UpgradeStep } from '../../contract/rules/upgrade-protocol.ts';
import { buildAgent } from '../../dev/build/agent-build.ts';
import { nativeName, selectTarget } from '../../dev/build/bun.ts';
import { openFileServer, serveFile } from '../../dev/file-server.ts';
import { type BenchPlatform, openBenchPlatform, say } from '../../dev/simulation/platform.ts';
import type { AgentSpec } from '../../dev/stack/agents.ts';
import { runningDaemons } from '../../dev/stack/processes.ts';
import { loadPeople } from '../../dev/stack/seed.ts';
import { restartService } from '../../dev/stack/services.ts';
import { agentRelay, startPart } from '../../dev/stack/stack.ts';
import { waitFor } from '../../dev/wait.ts';
import { usage } from '../../platform/command-line.ts';
import { type InstalledAgent, openInstalledAgent } from '../setup/installed-agent.ts';

const OLD = '20260101+aaaaaaa.test';
const NEW = '20260201+bbbbbbb.test';
/** At the first nothing has happened yet, at the last nothing is left to happen. */
const STEPS = UPGRADE_STEPS.filter((step) => step !== 'waiting' && step !== 'done');
const VICTIMS = ['worker', 'relay', 'old agent', 'new agent'] as const;
type Victim = (typeof VICTIMS)[number];
/** What an endpoint may take for one step here; an upgrade whose new agent is gone ends after it. */
const STEP_TIMEOUT_MS = 40_000;
const END_MS = 240_000;

interface Outcome {
  step: UpgradeStep;
  victim: Victim;
  seconds: number;
  outcome: string;
  reason: string | null;
  /** Which version answers in the end. */
  answers: 'old' | 'new' | 'nobody';
  problems: string[];
}

/**
 * An upgrade of a real agent under a service manager, once for each step and each part that is killed when the step is
 * reached. Whatever happens: exactly one agent is left, it answers, the record says how it ended, and no file is left over.
 */
export async function killAtEveryStep(only: { victims?: string[]; steps?: string[] }): Promise<number> {
  requireKnown('--victim', only.victims, VICTIMS);
  requireKnown('--step', only.steps, STEPS);
  const builds = mkdtempSync(join(tmpdir(), 'mig-builds-'));
  const binary = (version: string) => join(builds, `mig-agent-${version}`);
  try {
    say('building two versions of the agent');
    for (const version of [OLD, NEW]) buildAgent(selectTarget(nativeName()), binary(version), { version });
    await using platform = await openBenchPlatform({
      worker: { MIG_UPGRADE_STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
    });
    await using steps = await watchSteps(platform);
    await using server = await openFileServer(dirname(platform.stack.relay.caFile), serveFile(binary(NEW)));
    const context = { platform, steps, binary, location: `${server.url}/mig-agent` };
    const outcomes: Outcome[] = [];
    const run = async (step: UpgradeStep, victim: Victim) => {
      const outcome = await upgradeOnce(step, victim, context);
      outcomes.push(outcome);
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
    };
    const chosen = STEPS.filter((step) => only.steps?.includes(step) ?? true);
    for (const victim of VICTIMS.filter((one) => only.victims?.includes(one) ?? true)) {
      // The platform's own parts are everybody's; an agent's death is its own.
      const atOnce = victim === 'worker' || victim === 'relay' ? 1 : 4;
      for (let at = 0; at < chosen.length; at += atOnce) {
        await Promise.all(chosen.slice(at, at + atOnce).map((step) => run(step, victim)));
      }
    }
    process.stdout.write(table(outcomes));
    const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
    process.stdout.write(`${outcomes.length - failed} of ${outcomes.length} ended well\n`);
    return failed;
  } finally {
    rmSync(builds, { recursive: true, force: true });
  }
}

interface Context {
  platform: BenchPlatform;
  steps: StepWatch;
  binary: (version: string) => string;
  location: string;
}

async function upgradeOnce(step: UpgradeStep, victim: Victim, context: Context): Promise<Outcome> {
  const { platform, binary, location } = context;
  const began = performance.now();
  const name = `${victim} at ${step}`.replaceAll(' ', '-');
  const spec = await specOf(platform, name, binary(OLD));
  await using agent = await openInstalledAgent(spec, { version: OLD });
  const old = await agent.status();
  const checksum = createHash('sha256')
    .update(readFileSync(binary(NEW)))
    .digest('hex');
  const parameters = { [nativeName().replace('-', '/')]: { to_version: NEW, location, checksum } };
  const { id } = await platform.post(
    await platform.sign({
      name,
      target: `name = '${name}'`,
      operations: [{ module: 'upgrade', parameters }],
    }),
    randomUUID(),
  );
  await context.steps.when(id, step);
  await kill(victim, { platform, agent, oldPid: old?.pid ?? 0 });
  await whenEnded(platform, id);
  const { rows } = await platform.db.query('SELECT outcome, reason FROM upgrades WHERE actionid = $1', [id]);
  const record = rows[0] as { outcome: string | null; reason: string | null };
  const problems: string[] = [];
  const settled = await waitFor('one agent', () => oneAgent(agent), { timeoutMs: 60_000 }).catch(
    () => undefined,
  );
  if (!settled) problems.push(`${agent.running().length} agents run`);
  const version = settled?.executable.endsWith(NEW) ? NEW : OLD;
  if (!(await answersAction(platform, name))) problems.push('no answer to the next action');
  const left = await waitFor('no file left over', () => leftOver(agent, version).length === 0, {
    timeoutMs: 20_000,
  }).catch(() => false);
  if (!left) problems.push(`left over: ${leftOver(agent, version).join(', ')}`);
  if (record.outcome === null) problems.push('the record has no outcome');
  return {
    step,
    victim,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    outcome: record.outcome ?? '',
    reason: record.reason,
    problems,
    answers: settled ? (version === NEW ? 'new' : 'old') : 'nobody',
  };
}

async function specOf(platform: BenchPlatform, name: string, executable: string): Promise<AgentSpec> {
  const { home, stack } = platform;
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

async function kill(
  victim: Victim,
  { platform, agent, oldPid }: { platform: BenchPlatform; agent: InstalledAgent; oldPid: number },
): Promise<void> {
  const { home } = platform;
  switch (victim) {
    case 'worker':
    case 'relay': {
      const name = victim === 'relay' ? 'rabbitmq' : 'worker';
      const daemon = runningDaemons(home).find((one) => one.name === name);
      if (!daemon) throw new Error(`${name} does not run`);
      process.kill(-daemon.pid, 'SIGKILL');
      return victim === 'relay'
        ? restartService(home, 'rabbitmq', { vhosts: ['mig'] })
        : startPart(home, 'worker');
    }
    case 'old agent':
      return end(oldPid);
    case 'new agent': {
      // When the upgrade was only sent, it is killed as soon as it is there.
      const pid = await waitFor(
        'the new agent',
        () => agent.running().find(({ executable }) => executable.endsWith(NEW))?.pid,
        { everyMs: 5 },
      );
      return end(pid);
    }
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it had ended already: nothing is left to kill at this step
  }
}

function requireKnown(option: string, given: readonly string[] | undefined, known: readonly string[]): void {
  const wrong = given?.find((one) => !known.includes(one));
  if (wrong !== undefined) throw usage(`${option}: no ${wrong}; there are ${known.join(', ')}`);
}

/** For three seconds the same process, and it says that it is connected. */
async function oneAgent(agent: InstalledAgent): Promise<{ executable: string } | undefined> {
  const [only, ...others] = agent.running();
  if (!only || others.length > 0) return undefined;
  for (let n = 0; n < 6; n++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = agent.running();
    if (now.length !== 1 || now[0]?.pid !== only.pid) return undefined;
  }
  const status = await agent.status();
  return status?.pid === only.pid && status.connected ? only : undefined;
}

async function answersAction(platform: BenchPlatform, name: string): Promise<boolean> {
  const { id } = await platform.post(
    await platform.sign({ name: `after ${name}`, target: `name = '${name}'`, expiresInMs: 60_000 }),
    randomUUID(),
  );
  await whenEnded(platform, id);
  const { rows } = await platform.db.query('SELECT status FROM commands WHERE actionid = $1', [id]);
  return rows.length === 1 && rows[0].status === 'success';
}

function leftOver(agent: InstalledAgent, version: string): string[] {
  return [
    ...agent.files().filter((name) => !['mig-agent', `mig-agent-${version}`].includes(name)),
    ...readdirSync(agent.stateDir).filter((name) => /waiting|pending/.test(name)),
  ];
}

async function whenEnded({ db }: BenchPlatform, actionId: number): Promise<void> {
  await waitFor(
    `end of action ${actionId}`,
    async () => {
      const { rows } = await db.query('SELECT status FROM actions WHERE id = $1', [actionId]);
      return ['completed', 'invalid', 'cancelled'].includes(rows[0]?.status);
    },
    { timeoutMs: END_MS, everyMs: 100 },
  );
}

interface StepWatch extends AsyncDisposable {
  when(actionId: number, step: UpgradeStep): Promise<void>;
}

/** Told by the database the moment that a step is committed. */
async function watchSteps({ stack }: BenchPlatform): Promise<StepWatch> {
  const client = new pg.Client({ connectionString: stack.postgres.url });
  await client.connect();
  await client.query(`
    CREATE FUNCTION tell_step() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('upgrade_step', NEW.actionid || ' ' || NEW.step); RETURN NULL; END $$;
    CREATE TRIGGER tell_step AFTER UPDATE OF step ON upgrades FOR EACH ROW EXECUTE FUNCTION tell_step();
    LISTEN upgrade_step`);
  const seen = new Set<string>();
  const waiting = new Map<string, () => void>();
  client.on('notification', ({ payload = '' }) => {
    seen.add(payload);
    waiting.get(payload)?.();
  });
  return {
    when(actionId, step) {
      const key = `${actionId} ${step}`;
      return new Promise((resolve, reject) => {
        if (seen.has(key)) return resolve();
        const timer = setTimeout(() => reject(new Error(`"${step}" was not reached`)), 60_000);
        waiting.set(key, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

function table(outcomes: readonly Outcome[]): string {
  const cell = (step: UpgradeStep, victim: Victim) => {
    const found = outcomes.find((one) => one.step === step && one.victim === victim);
    if (!found) return '';
    return found.problems.length > 0 ? 'FAILED' : `${found.answers} agent, ${found.outcome}`;
  };
  const line = (first: string, cells: readonly string[]) =>
    `${first.padEnd(28)}${cells.map((text) => text.padEnd(22)).join('')}\n`;
  return [
    line('killed when this was reached', VICTIMS),
    ...STEPS.map((step) =>
      line(
        step,
        VICTIMS.map((victim) => cell(step, victim)),
      ),
    ),
  ].join('');
}
