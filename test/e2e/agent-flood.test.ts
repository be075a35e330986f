import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { createResources } from '../../platform/async/resources.ts';
import { type AgentProcess, openAgent, runAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander, errorsOf } from '../setup/commands.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const MB = 1024 * 1024;
const resources = createResources();
let slot: Slot;
let relay: RelayClient;
let agent: AgentProcess;
let commander: Commander;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
  agent = resources.use(
    await openAgent(slot, 'flood', { settings: { report: ['  everyone = on', `  maxsize = ${4 * MB}`] } }),
  );
  commander = createCommander(slot, relay, agent);
});
afterAll(() => resources[Symbol.asyncDispose]());

/** A search for /etc/passwd with this much padding. */
function padded(padding: string) {
  const search = { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } };
  return { module: 'file', parameters: { searches: { s1: { ...search, description: padding } } } };
}

test('large refused commands leave little on disk, and small answers', async () => {
  const john = await loadKey(slot.people.john);
  const ids = [];
  for (let i = 0; i < 20; i++) {
    const operations = [padded(randomBytes(300_000).toString('base64'))];
    ids.push(await commander.send(await signedAction([john], { name: `refused ${i}`, operations })));
  }
  for (const id of ids) {
    const answer = await relay.answerTo(id);
    expect(answer).toMatchObject({ status: 'failed', agent: { queueloc: agent.queueloc } });
    expect(errorsOf(answer)).toContain('permission denied');
    expect(JSON.stringify(answer).length).toBeLessThan(2000);
  }
  expect(bytesBelow(agent.stateDir)).toBeLessThan(MB);
  const { stdout } = await runAgent(agent.executable, ['-c', agent.config, 'report', '--json']);
  expect(JSON.parse(stdout).at(-1)).toMatchObject({
    verdict: 'refused',
    signers: [{ fingerprint: slot.people.john.fingerprint }],
  });
});

test('large valid commands run until the report is full, small ones even then', async () => {
  const first = await commander.sendSigned({ name: 'evidence', operations: [padded('x'.repeat(300_000))] });
  expect(first.status).toBe('success');
  const answers = [];
  for (let i = 0; i < 20; i++) {
    const operations = [padded(randomBytes(200_000).toString('base64'))];
    answers.push(await commander.sendSigned({ operations }));
  }
  expect(answers[0]?.status).toBe('success');
  expect(errorsOf(answers.at(-1) as never)).toContain('the report of this machine has no room');
  await commander.expectServing();
  expect(bytesBelow(agent.stateDir)).toBeLessThan(20 * MB);
  const { stdout } = await runAgent(agent.executable, ['-c', agent.config, 'report', '--json']);
  const entries = JSON.parse(stdout) as { action?: { name: string }; operations?: unknown }[];
  expect(entries.find(({ action }) => action?.name === 'evidence')?.operations).toEqual([
    padded('x'.repeat(300_000)),
  ]);
});

test('after a restart the agent remembers what ran, and answers from disk', async () => {
  const bob = await loadKey(slot.people.bob);
  const action = await signedAction([bob], { name: 'before the end' });
  const id = await commander.send(action);
  const answer = await relay.answerTo(id);
  await agent.kill('SIGKILL');
  await agent.restart();
  await commander.send(action, id);
  expect(await relay.answerTo(id, 2)).toEqual(answer);
  expect(errorsOf(await relay.answerTo(await commander.send(action)))).toContain(`as command ${id}`);
  await commander.expectServing();
});

test('everybody can read the report where so configured', () => {
  const folder = join(agent.stateDir, 'report');
  const modes = readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8));
  expect(new Set(modes)).toEqual(new Set(['644']));
});

test.each(['yesterday', '2026-02-30', '', '1'])('--since %j is refused', async (since) => {
  const { code, stdout, stderr } = await runAgent(agent.executable, [
    '-c',
    agent.config,
    'report',
    `--since=${since}`,
  ]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('is no day and no time');
});

function bytesBelow(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
}
