import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildAgent } from '../../dev/build/build-agent.ts';
import { nativeName, selectTarget } from '../../dev/build/targets.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { createResources } from '../../platform/async/resources.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander, errorsOf } from '../setup/commands.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const OLD = '20260101+aaaaaaa.test';
const NEW = '20260201+bbbbbbb.test';

const resources = createResources();
const folder = mkdtempSync(join(tmpdir(), 'mig-installation-'));
const link = join(folder, 'mig-agent');
let slot: Slot;
let relay: RelayClient;
let old: AgentProcess;
let commander: Commander;
let ours: AgentProcess;
/** An unrelated program, and one that claims to be an agent but that anyone may have written. */
let stranger: ChildProcess;
let impostor: ChildProcess;

/** Two running versions in one folder, as during an upgrade, with the link still on the old one. */
beforeAll(async () => {
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const version of [OLD, NEW]) {
    buildAgent(selectTarget(nativeName()), executableOf(version), { version });
  }
  symlinkSync(executableOf(OLD), link);
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
  old = resources.use(await openAgent(slot, 'old', { executable: link, written: letBobDestroy }));
  ours = resources.use(
    await openAgent(slot, 'new', { executable: executableOf(NEW), written: letBobDestroy }),
  );
  commander = createCommander(slot, relay, ours);
  stranger = startSleep('other', 0o755);
  impostor = startSleep('mig-agent-impostor', 0o777);
});
afterAll(() => resources[Symbol.asyncDispose]());

function executableOf(version: string): string {
  return join(folder, `mig-agent-${version}`);
}

function startSleep(name: string, mode: number): ChildProcess {
  const file = join(folder, name);
  copyFileSync('/bin/sleep', file);
  chmodSync(file, mode);
  const child = spawn(file, ['600'], { stdio: 'ignore' });
  resources.defer(() => void child.kill('SIGKILL'));
  return child;
}

function letBobDestroy(config: string): void {
  const file = join(dirname(config), 'acl.cfg');
  const acl = JSON.parse(readFileSync(file, 'utf8'));
  delete acl.agentdestroy;
  writeFileSync(file, JSON.stringify(acl));
}

const destroy = (parameters: object) =>
  commander.sendSigned({ operations: [{ module: 'agentdestroy', parameters }] });
const refusal = async (parameters: object) => {
  const answer = await destroy(parameters);
  expect(answer.results[0]).toMatchObject({ success: false, elements: null });
  return errorsOf(answer);
};
const startOf = (agent: AgentProcess) =>
  JSON.parse(readFileSync(join(agent.runDir, 'mig-agent.ok'), 'utf8')).starttime as string;

test('check lists every agent in this folder, and no module', async () => {
  const [result] = (await destroy({ operation: 'check' })).results;
  const { agents } = (result?.elements ?? {}) as { agents?: { version: string }[] };
  expect(agents?.sort((a, b) => (a.version < b.version ? -1 : 1))).toMatchObject([
    { pid: old.pid(), version: OLD, executable: executableOf(OLD) },
    { pid: ours.pid(), version: NEW, executable: executableOf(NEW) },
  ]);
});

test('a process that an agent is about to start is not an agent', async () => {
  const file = join(folder, 'mig-agent-starting');
  copyFileSync('/bin/sh', file);
  // The subshell stays between fork and exec until it reads a line: its file and command line are its parent's.
  const script = 'exec 3<&0; (read line <&3; exec sleep 600) & echo $!; wait';
  const parent = spawn(file, ['-c', script], { detached: true });
  const isGone = once(parent, 'close');
  try {
    const [child] = await once(parent.stdout, 'data');
    expect(readlinkSync(`/proc/${Number(child)}/exe`)).toBe(file);
    const [result] = (await destroy({ operation: 'check' })).results;
    const { agents } = (result?.elements ?? {}) as { agents?: { pid: number; executable: string }[] };
    expect(agents?.filter(({ executable }) => executable === file).map(({ pid }) => pid)).toEqual([
      parent.pid,
    ]);
    expect(readlinkSync(`/proc/${Number(child)}/exe`)).toBe(file);
  } finally {
    process.kill(-(parent.pid as number), 'SIGKILL');
    await isGone;
  }
});

test('an agent does not end itself', async () => {
  expect(await refusal({ pid: ours.pid(), version: NEW })).toBe(
    `PID '${ours.pid()}' is mine. Refusing to suicide.`,
  );
});

test('no other program, version or start time is ended, and a missing process is an error', async () => {
  expect(await refusal({ pid: stranger.pid, version: OLD })).toContain(
    'is not an agent of this installation',
  );
  expect(await refusal({ pid: impostor.pid, version: OLD })).toContain(
    'is not an agent of this installation',
  );
  expect(await refusal({ pid: 1, version: OLD })).toContain('is not in the range');
  expect(await refusal({ pid: old.pid(), version: NEW })).toBe(
    `Version mismatch. Expected '${NEW}', found '${OLD}'`,
  );
  const earlier = new Date(Date.parse(startOf(old)) - 120_000).toISOString();
  expect(await refusal({ pid: old.pid(), version: OLD, starttime: earlier })).toContain(
    'Refusing to kill it',
  );
  expect(await refusal({ pid: 4_194_303, version: OLD })).toContain('not found');
  expect([stranger.exitCode, impostor.exitCode]).toEqual([null, null]);
  expect(isAlive(old.pid())).toBe(true);
});

test('an executable in use by the link, a running agent or this agent is not removed', async () => {
  expect(await refusal({ operation: 'remove', version: NEW })).toContain('current agent uses it as well');
  expect(await refusal({ operation: 'remove', version: OLD })).toContain(`${link} points to it`);
  rmSync(link);
  symlinkSync(executableOf(NEW), link);
  expect(await refusal({ operation: 'remove', version: OLD })).toContain(
    `the agent with PID ${old.pid()} uses it`,
  );
  expect(await refusal({ operation: 'remove', version: '../other' })).toContain('is invalid');
  expect(existsSync(executableOf(OLD))).toBe(true);
});

test('an agent that ignores SIGTERM is killed, then its executable is removed, and one agent remains', async () => {
  const pid = old.pid();
  process.kill(pid, 'SIGSTOP');
  const [killed] = (await destroy({ pid, version: OLD, starttime: startOf(old) })).results;
  expect(killed).toMatchObject({
    success: true,
    foundanything: false,
    elements: `PID ${pid} from agent ${OLD} has been killed`,
  });
  expect(isAlive(pid)).toBe(false);
  expect(await refusal({ pid, version: OLD })).toContain('not found');
  const [removed] = (await destroy({ operation: 'remove', version: OLD })).results;
  expect(removed?.elements).toBe(`executable of agent ${OLD} removed from ${executableOf(OLD)}`);
  expect(existsSync(executableOf(OLD))).toBe(false);
  const [again] = (await destroy({ operation: 'remove', version: OLD })).results;
  expect(again).toMatchObject({
    success: true,
    elements: `no executable of agent ${OLD} at ${executableOf(OLD)}`,
  });
  const [left] = (await destroy({ operation: 'check' })).results;
  expect(left?.elements).toMatchObject({ agents: [{ pid: ours.pid(), version: NEW }] });
});

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
