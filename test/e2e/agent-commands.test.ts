import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander, errorsOf } from '../setup/commands.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const resources = createResources();
let slot: Slot;
let relay: RelayClient;
let agent: AgentProcess;
let commander: Commander;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
  agent = resources.use(await openAgent(slot, 'commands'));
  commander = createCommander(slot, relay, agent);
});
afterAll(() => resources[Symbol.asyncDispose]());

const bob = () => loadKey(slot.people.bob);
const john = () => loadKey(slot.people.john);
const send: Commander['send'] = (...args) => commander.send(...args);
const sendSigned: Commander['sendSigned'] = (overrides) => commander.sendSigned(overrides);
const expectServing = () => commander.expectServing();

test('a signed command is run and answered with its own queue', async () => {
  const answer = await sendSigned({ name: 'first' });
  expect(answer).toMatchObject({ status: 'success', agent: { queueloc: agent.queueloc } });
  expect(answer.results[0]).toMatchObject({ foundanything: true, errors: null });
});

test('operations run in parallel and their results keep the order', async () => {
  const search = (name: string) => ({
    module: 'file',
    parameters: { searches: { [name]: { paths: ['/etc'], names: [`^${name}$`] } } },
  });
  const names = ['passwd', 'nosuchfile', 'group', 'hosts', 'hostname', 'shadow', 'fstab', 'services'];
  const answer = await sendSigned({ operations: names.map(search) });
  expect(answer.results.map((result) => Object.keys(result.elements as object)[0])).toEqual(names);
  expect(answer.results[1]?.foundanything).toBe(false);
});

describe('a command from the relay is refused and answered, and the agent continues, when it is', () => {
  test('malformed', async () => {
    await relay.sendCommand(agent.queueloc, 'this is no JSON');
    const id = commander.nextId();
    await relay.sendCommand(
      agent.queueloc,
      JSON.stringify({ id, status: 'sent', action: { operations: 7 } }),
    );
    const answer = await relay.answerTo(id);
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('command action.operations');
    await expectServing();
  });

  test('too large', async () => {
    const refused = () => agent.logged().filter(({ code }) => code === 'command_too_large').length;
    expect(refused()).toBe(0);
    await relay.sendCommand(agent.queueloc, Buffer.alloc(MAX_COMMAND_BYTES + 1, 'x'));
    await waitFor('refusal in the log', () => refused() === 1);
    await expectServing();
  });

  test('for another agent', async () => {
    const answer = await relay.answerTo(
      await send(await signedAction([await bob()]), commander.nextId(), 'linux.other.1'),
    );
    expect(answer).toMatchObject({ status: 'failed', agent: { queueloc: agent.queueloc } });
    expect(errorsOf(answer)).toContain('for another agent');
    await expectServing();
  });

  test('unsigned', async () => {
    const answer = await relay.answerTo(await send(await signedAction([])));
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('action pgpsignatures is empty');
    await expectServing();
  });

  test('refused by the ACL', async () => {
    const answer = await relay.answerTo(await send(await signedAction([await john()])));
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain(
      'permission denied for operation file, insufficient signatures weight (need 2, got 1)',
    );
    await expectServing();
  });

  test('signed by a key that the agent does not have', async () => {
    const stranger = await openSlotStranger();
    const answer = await relay.answerTo(await send(await signedAction([stranger])));
    expect(errorsOf(answer)).toContain('unknown entity');
  });

  test('altered after signing', async () => {
    const text = (await signedAction([await bob()])).replace('^passwd$', '^shadow$');
    const answer = await relay.answerTo(await send(text));
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('invalid signature');
    await expectServing();
  });

  test('expired', async () => {
    const answer = await sendSigned({ validFromMs: Date.now() - 20_000, expireAfterMs: Date.now() - 10_000 });
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('expireafter is in the past');
    await expectServing();
  });

  test('not yet valid', async () => {
    const answer = await sendSigned({ validFromMs: Date.now() + 60_000 });
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('ValidFrom date is in the future');
    await expectServing();
  });

  test('replayed under a new id', async () => {
    const action = await signedAction([await bob()], { name: 'once only' });
    const first = await relay.answerTo(await send(action));
    expect(first.status).toBe('success');
    const second = await relay.answerTo(await send(action));
    expect(second.status).toBe('failed');
    expect(errorsOf(second)).toContain(`replayed: this signed action ran before, as command ${first.id}`);
    await expectServing();
  });

  test('for a module that the agent does not have', async () => {
    const answer = await sendSigned({ operations: [{ module: 'nosuchmodule', parameters: {} }] });
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toBe(`module 'nosuchmodule' is not available`);
    await expectServing();
  });
});

test('a command delivered twice runs once and is answered twice', async () => {
  const action = await signedAction([await bob()], { name: 'delivered twice' });
  const id = await send(action);
  const first = await relay.answerTo(id);
  await send(action, id);
  expect(await relay.answerTo(id, 2)).toEqual(first);
  expect(
    agent.logged().filter(({ msg, commandId }) => msg === 'command finished' && commandId === id),
  ).toHaveLength(1);
});

test('compressed parameters are expanded before the module sees them', async () => {
  const { gzipSync } = await import('node:zlib');
  const parameters = { searches: { s1: { paths: ['/etc'], names: ['^passwd$'] } } };
  const text = gzipSync(JSON.stringify(parameters)).toString('base64');
  const answer = await sendSigned({
    operations: [{ module: 'file', parameters: text, is_compressed: true, want_compressed: true }],
  });
  expect(answer).toMatchObject({ status: 'success', results: [{ foundanything: true }] });
});

test('an agent killed while a command runs answers interrupted and never runs it again', async () => {
  const slow = {
    module: 'file',
    parameters: {
      searches: { s1: { paths: ['/'], contents: ['zzz(a|b)*nothing$'], options: { matchall: true } } },
    },
  };
  const action = await signedAction([await bob()], { name: 'interrupted', operations: [slow] });
  const id = await send(action);
  await waitFor('the command to start', () => journalHas(id, 'started'));
  await agent.kill('SIGKILL');
  await agent.restart();
  const answer = await relay.answerTo(id);
  expect(answer.status).toBe('failed');
  expect(errorsOf(answer)).toContain('interrupted');
  await send(action, id);
  expect(await relay.answerTo(id, 2)).toEqual(answer);
  await expectServing();
});

test('an agent whose queue was deleted on the relay declares it again and continues', async () => {
  await relay.channel.deleteQueue(`mig.agt.${agent.queueloc}`);
  await waitFor('the queue', async () => (await relay.sendCommand(agent.queueloc, '{}')) === 'confirmed', {
    everyMs: 200,
  });
  await expectServing();
});

test('an agent has the same queue after a kill and a restart', async () => {
  await agent.kill('SIGKILL');
  await agent.restart();
  await expectServing();
});

function journalHas(id: number, step: string): boolean {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const text = readFileSync(`${agent.stateDir}/journal.jsonl`, 'utf8');
  return text.split('\n').some((line) => line.includes(`"step":"${step}"`) && line.includes(`"id":${id}`));
}

async function openSlotStranger() {
  const { generateKey } = await import('openpgp');
  return (
    await generateKey({ type: 'rsa', rsaBits: 2048, userIDs: [{ name: 'stranger' }], format: 'object' })
  ).privateKey;
}
