import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { generateKey } from 'openpgp';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { commandJson } from '../../dev/simulation/relay-client.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { writeAgentConfig } from '../../dev/stack/agents.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, agentSpec, hostileAgent, openAgent } from '../setup/agent-process.ts';
import { type Attack, brief, MAX_AGENT_MEGABYTES, stoppedIf } from './attack.ts';
import { deliver } from './deliver.ts';
import type { Rig } from './rig.ts';

const LIMITS = "the agent's limits of size, depth and number";
const COMPILED = 'compiled-in keys, ACL and settings, which no file of the endpoint changes';

/** Bodies that are not commands. The agent must drop each and keep working. */
function junk(
  name: string,
  wall: string,
  bodies: (rig: Rig) => Iterable<string | Buffer>,
  maxMegabytes = MAX_AGENT_MEGABYTES,
): Attack {
  return {
    name: `hostile relay: ${name}`,
    holder: 'the relay',
    wall,
    async run(rig) {
      const { asRelay, victim } = rig;
      const pid = victim.pid();
      await Promise.all([...bodies(rig)].map((body) => asRelay.sendCommand(victim.queueloc, body)));
      await rig.expectServing();
      const grown = Math.round(anonymousMegabytes(victim.pid()));
      return stoppedIf(pid === victim.pid() && grown < maxMegabytes, `the agent goes on, with ${grown} MB`);
    },
  };
}

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Agents that the attacks start for themselves. */
const opened = new WeakMap<Rig, Map<string, Promise<AgentProcess>>>();
function once(rig: Rig, name: string, open: () => Promise<AgentProcess>): Promise<AgentProcess> {
  const ofRig = opened.get(rig) ?? new Map<string, Promise<AgentProcess>>();
  opened.set(rig, ofRig);
  const known = ofRig.get(name) ?? open().then((agent) => rig.use(agent));
  ofRig.set(name, known);
  return known;
}

/** An agent whose clock the attacker controls. */
async function withClock(rig: Rig): Promise<{ agent: AgentProcess; setClock: (ms: number) => void }> {
  const clock = join(rig.slot.services.home, `${rig.slot.name}-clock`);
  const setClock = (ms: number) => writeFileSync(clock, String(ms));
  const agent = await once(rig, 'clock', () => {
    setClock(0);
    return openAgent(rig.slot, 'clock', { executable: hostileAgent(), env: { MIG_TEST_CLOCK_FILE: clock } });
  });
  return { agent, setClock };
}

/** An agent with everything compiled in, beside every file with which its root could try to subvert it. */
function withFiles(rig: Rig): Promise<AgentProcess> {
  return once(rig, 'compiled', async () => {
    const out = mkdtempSync(join(tmpdir(), 'mig-attack-build-'));
    rig.defer(() => rmSync(out, { recursive: true, force: true }));
    const { config } = writeAgentConfig(agentSpec(rig.slot, 'compiled-from'));
    writeFileSync(config, readFileSync(config, 'utf8').replace(/^ *(hostname|rundir|statedir) .*$/gm, ''));
    const args = [
      '--import',
      'tsx',
      'dev/build/main.ts',
      '--config',
      config,
      '--version',
      '202611240000+0123abc.prod',
      '--out',
      out,
    ];
    const built = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    return openAgent(rig.slot, 'compiled', {
      executable: join(out, 'linux-amd64', 'mig-agent'),
      written: (file) => turn(rig, file),
    });
  });
}

/** The files of a hostile root: weight for everybody, no ACL check, a key of its own. */
function turn(rig: Rig, config: string): void {
  const folder = dirname(config);
  const john = { fingerprint: rig.slot.people.john.fingerprint, weight: 9 };
  writeFileSync(
    join(folder, 'acl.cfg'),
    JSON.stringify({ default: { minimumweight: 1, investigators: { john } } }),
  );
  writeFileSync(config, readFileSync(config, 'utf8').replace('[agent]', '[agent]\n  onlyverifypubkey = on'));
}

async function registered(rig: Rig, agent: AgentProcess): Promise<AgentProcess> {
  await waitFor(
    'registration',
    async () =>
      (await rig.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [agent.queueloc])).rows.length > 0,
  );
  return agent;
}

export const AGENT_ATTACKS: readonly Attack[] = [
  junk('an empty message', LIMITS, () => [Buffer.alloc(0)]),
  junk('bytes that are no UTF-8', LIMITS, () => [Buffer.from([0xff, 0x00, 0xfe, 0x01])]),
  junk('JSON of great depth', LIMITS, () => [
    '['.repeat(500_000),
    `${'{"action":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
  ]),
  junk('a number out of range', LIMITS, () => ['{"id":1e999}', `{"id":${'9'.repeat(100_000)}}`]),
  junk('keys given twice', LIMITS, () => ['{"id":1,"ID":2,"action":{},"Action":{}}']),
  junk('a message of 2 MB', LIMITS, () => [Buffer.alloc(2 * 1024 * 1024, '{')]),
  junk('a thousand messages of rubbish', LIMITS, () => repeat(1_000, () => 'no')),
  junk('a command whose target is no agent of any shape', LIMITS, () => [
    '{"id":3,"agent":"x","action":7}',
    '{"id":3,"agent":{"queueloc":null}}',
  ]),
  {
    name: 'hostile relay: junk ids to evict digests, then a replay',
    holder: 'the relay',
    wall: 'digests of started actions until their window is over, and refusals are forgotten first',
    async run(rig) {
      const action = await signedAction([rig.bob.key], { name: `evicted ${Date.now()}` });
      const first = await deliver(rig, rig.victim, action);
      const unsigned = await signedAction([]);
      await Promise.all(
        repeat(20, (index) =>
          rig.asRelay.sendCommand(
            rig.victim.queueloc,
            commandJson(5_000_000 + index, unsigned, rig.victim.queueloc),
          ),
        ),
      );
      await Promise.all(
        repeat(100, (index) => rig.asRelay.sendCommand(rig.victim.queueloc, `{"id":${6_000_000 + index}}`)),
      );
      const second = await deliver(rig, rig.victim, action);
      return stoppedIf(first.status === 'success' && /replayed/.test(second.text), brief(second.text));
    },
  },
  {
    name: 'hostile relay: a replay after the clock of the endpoint was set back',
    holder: 'the relay',
    wall: 'the high-water mark of signed time',
    async run(rig) {
      const { agent, setClock } = await withClock(rig);
      await registered(rig, agent);
      const DAY_MS = 86_400_000;
      const old = await signedAction([rig.bob.key], {
        name: `old ${Date.now()}`,
        validFromMs: Date.now() - 3 * DAY_MS,
        expireAfterMs: Date.now() - 2 * DAY_MS,
      });
      const now = await deliver(rig, agent, await signedAction([rig.bob.key], { name: `now ${Date.now()}` }));
      setClock(-3 * DAY_MS + 60_000);
      const revived = await deliver(rig, agent, old);
      setClock(0);
      return stoppedIf(
        now.status === 'success' && revived.status === 'failed' && /in the past/.test(revived.text),
        brief(revived.text),
      );
    },
  },
  {
    name: 'hostile relay: two actions that differ only in the order of keys',
    holder: 'the relay',
    wall: 'the digest covers the signed text',
    async run(rig) {
      const action = await signedAction([rig.bob.key], { name: `order ${Date.now()}` });
      const reordered = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(action)).reverse()));
      const first = await deliver(rig, rig.victim, action);
      const second = await deliver(rig, rig.victim, reordered);
      return stoppedIf(first.status === 'success' && second.status === 'failed', brief(second.text));
    },
  },
  {
    name: "endpoint's files: an ACL that gives one investigator every weight",
    holder: "an endpoint's root",
    wall: COMPILED,
    async run(rig) {
      const agent = await registered(rig, await withFiles(rig));
      const john = await loadKey(rig.slot.people.john);
      const { status, text } = await deliver(
        rig,
        agent,
        await signedAction([john], { name: `john ${Date.now()}` }),
      );
      return stoppedIf(status === 'failed' && /insufficient signatures weight/.test(text), brief(text));
    },
  },
  {
    name: "endpoint's files: a setting that switches the ACL off",
    holder: "an endpoint's root",
    wall: COMPILED,
    async run(rig) {
      const agent = await registered(rig, await withFiles(rig));
      const { text } = await deliver(
        rig,
        agent,
        await signedAction([await loadKey(rig.slot.people.scheduler)], { name: `scheduler ${Date.now()}` }),
      );
      return stoppedIf(/insufficient signatures weight|permission denied/.test(text), brief(text));
    },
  },
  {
    name: "endpoint's files: a stranger's key among the trusted keys",
    holder: "an endpoint's root",
    wall: COMPILED,
    async run(rig) {
      const agent = await registered(rig, await withFiles(rig));
      const userIDs = [{ name: 'stranger' }];
      const { privateKey, publicKey } = await generateKey({
        type: 'ecc',
        curve: 'ed25519Legacy',
        userIDs,
        format: 'object',
      });
      writeFileSync(join(dirname(agent.config), 'agentkeys', 'stranger.asc'), publicKey.armor());
      await agent.kill('SIGKILL');
      await agent.restart();
      writeFileSync(join(dirname(agent.config), 'agentkeys', 'stranger.asc'), publicKey.armor());
      const { text } = await deliver(
        rig,
        agent,
        await signedAction([privateKey], { name: `stranger ${Date.now()}` }),
      );
      return stoppedIf(/unknown entity/.test(text), brief(text));
    },
  },
  {
    name: 'hostile relay: a command that ran, again after a kill of the agent',
    holder: 'the relay',
    wall: 'the journal: a command runs at most once, even after a kill',
    async run(rig) {
      const { victim } = rig;
      const id = await rig.plant(victim.queueloc);
      const action = await signedAction([rig.bob.key], { name: `killed ${Date.now()}` });
      await rig.asRelay.sendCommand(victim.queueloc, commandJson(id, action, victim.queueloc));
      await rig.answerTo(id);
      await victim.kill('SIGKILL');
      await victim.restart();
      await rig.asRelay.sendCommand(victim.queueloc, commandJson(id, action, victim.queueloc));
      await rig.expectServing();
      const runs = victim
        .logged()
        .filter(({ msg, commandId }) => msg === 'command finished' && commandId === id).length;
      return stoppedIf(runs === 1, `run ${runs} time(s)`);
    },
  },
  {
    name: 'heartbeat: two thousand endpoints that do not exist',
    holder: "the relay's agent password",
    wall: 'limited batches, one statement each',
    async run(rig) {
      const startMs = performance.now();
      for (let index = 0; index < 2_000; index += 500) {
        await Promise.all(
          repeat(500, (i) =>
            rig.heartbeat({ name: `ghost-${index + i}`, queueloc: `linux.ghost.${index + i}` }),
          ),
        );
      }
      await rig.expectServing();
      await rig.pool.query(`UPDATE agents SET status = 'offline' WHERE name LIKE 'ghost-%'`);
      const grown = Math.round(anonymousMegabytes(rig.worker.pid));
      return stoppedIf(
        grown < 700,
        `recorded in ${Math.round(performance.now() - startMs)} ms; the worker has ${grown} MB`,
      );
    },
  },
];
