import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelJson } from '../../contract/cancel.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../../contract/names.ts';
import { loadKey, postAction, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { type AgentProcess, hostileAgent, openAgent, runAgent } from '../setup/agent-process.ts';
import { createCommander } from '../setup/commands.ts';
import { commandLinesWith, nextToken } from '../setup/marked-processes.ts';
import { cliOf, openPlatform, openSlot, type Platform, type Slot, waitForEnd } from '../setup/platform.ts';

const resources = createResources();
afterAll(() => resources[Symbol.asyncDispose]());

const hostile = (behaviour: string, more: object = {}) => ({
  module: 'hostile',
  parameters: { behaviour, ...more },
});
const QUICK = {
  module: 'file',
  parameters: { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } },
};

describe('on the whole platform', () => {
  let platform: Platform;
  let agent: AgentProcess;
  beforeAll(async () => {
    platform = resources.use(await openPlatform());
    agent = resources.use(await openAgent(platform.slot, 'cancelled', { executable: hostileAgent() }));
    await waitFor('registration', async () => {
      const { rows } = await platform.pool.query('SELECT capabilities FROM agents');
      return rows[0]?.capabilities.includes('cancel');
    });
  });

  test('mig cancel kills the running module with its hidden processes, keeps its results, and is in the report', async () => {
    const token = nextToken();
    const id = await postAction(platform.api, { operations: [QUICK, hostile('hide', { token })] });
    // The shell, its child in another session, and the programs that they wait for.
    await waitFor('it to run', () => commandLinesWith(token).length >= 2);
    expect(await cliOf(platform).mig(['cancel', String(id)])).toMatchObject({ status: 0 });
    await waitFor('its end', () => commandLinesWith(token).length === 0);
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
    const command = await waitFor('the answer', async () => {
      const { rows } = await platform.pool.query('SELECT * FROM commands WHERE actionid = $1', [id]);
      return rows[0].results === null ? undefined : rows[0];
    });
    const [quick, killed] = JSON.parse(command.results);
    expect(command.status).toBe('cancelled');
    expect(quick).toMatchObject({ foundanything: true, success: true });
    expect(killed).toMatchObject({ success: false, errors: ['cancelled by the platform'] });
    const { stdout } = await runAgent(agent.executable, ['-c', agent.config, 'report', '--json']);
    expect(JSON.parse(stdout).at(-1)).toMatchObject({ verdict: 'answered', status: 'cancelled' });
    const after = await postAction(platform.api, { name: 'after the cancel' });
    expect(await waitForEnd(platform, after)).toMatchObject({ status: 'completed' });
  });

  test('an agent that is asked to end answers with what the other operations found', async () => {
    const token = nextToken();
    const operations = [QUICK, hostile('hide', { token }), hostile('sleep', { ms: 600_000 })];
    const id = await postAction(platform.api, { name: 'told to end', operations });
    await waitFor('it to run', () => commandLinesWith(token).length >= 2);
    await agent.kill('SIGTERM');
    expect(commandLinesWith(token)).toEqual([]);
    await waitForEnd(platform, id);
    const { rows } = await platform.pool.query('SELECT * FROM commands WHERE actionid = $1', [id]);
    expect(rows[0].status).toBe('failed');
    const [quick, ...others] = JSON.parse(rows[0].results);
    expect(quick).toMatchObject({ foundanything: true, success: true });
    for (const other of others)
      expect(other).toMatchObject({
        success: false,
        errors: ['interrupted: the agent ended while the module ran'],
      });
    const printed = await cliOf(platform).mig(['results', String(id)]);
    expect(printed.status).toBe(4);
    expect(printed.stdout).toMatch(/ \/etc\/passwd \[/);
    expect(printed.stderr).toContain('1 agent has found results');
    const missing = await cliOf(platform).mig(['results', String(id), '-show', 'notfound']);
    expect(missing.stderr).toContain('0 agents have not found results');
    const again = ['file', '-path', '/etc', '-name', '^hosts$', '-target-notfound', String(id)];
    expect((await cliOf(platform).mig(again)).stderr).toContain('the target matches no agent');
    await agent.restart();
    const after = await postAction(platform.api, { name: 'after the end' });
    expect(await waitForEnd(platform, after)).toMatchObject({ status: 'completed' });
  });
});

describe('straight from the relay', () => {
  let slot: Slot;
  let relay: RelayClient;
  let agent: AgentProcess;
  beforeAll(async () => {
    slot = resources.use(await openSlot());
    relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
    agent = resources.use(await openAgent(slot, 'obeying', { executable: hostileAgent() }));
  });

  const toProcess = (body: string | Buffer) =>
    relay.publish({
      exchange: EXCHANGE_TO_AGENTS,
      routingKey: processQueue(agent.queueloc, agent.pid()),
      body,
    });
  const running = (token: string) => waitFor('it to run', () => commandLinesWith(token).length > 0);

  test('a cancel overtakes the commands that occupy the agent, and cancelled ones behind them never run', async () => {
    const commander = createCommander(slot, relay, agent);
    const token = nextToken();
    const operations = [hostile('spin', { token })];
    const ids = Array.from({ length: 6 }, () => commander.nextId());
    const bob = await loadKey(slot.people.bob);
    for (const id of ids)
      await commander.send(await signedAction([bob], { name: `spin ${id}`, operations }), id);
    await running(token);
    expect(await toProcess(cancelJson(ids))).toBe('confirmed');
    for (const id of ids) {
      const answer = await relay.answerTo(id);
      expect(answer.status).toBe('cancelled');
      expect(answer.results[0]?.errors).toEqual(['cancelled by the platform']);
    }
    expect(commandLinesWith(token)).toEqual([]);
    const report = await runAgent(agent.executable, ['-c', agent.config, 'report', '--json']);
    const verdicts = (
      JSON.parse(report.stdout) as { command: number; verdict: string; code?: string }[]
    ).filter(({ command }) => ids.includes(command));
    expect(verdicts).toHaveLength(6);
    expect(verdicts.some(({ code }) => code === 'command_cancelled')).toBe(true);
    await commander.expectServing();
  });

  test('a cancel before its command is remembered, and one after its answer changes nothing', async () => {
    const commander = createCommander(slot, relay, agent);
    const bob = await loadKey(slot.people.bob);
    const [early, late] = [commander.nextId(), commander.nextId()];
    expect(await toProcess(cancelJson([early]))).toBe('confirmed');
    // The queue is read in order: an answer to a later command shows that the cancel was handled.
    await toProcess('{"id":');
    await waitFor('the cancel to be taken', () =>
      agent.logged().some(({ msg }) => msg === 'message refused'),
    );
    await commander.send(await signedAction([bob], { name: 'early' }), early);
    expect((await relay.answerTo(early)).status).toBe('cancelled');
    await commander.send(await signedAction([bob], { name: 'late' }), late);
    expect((await relay.answerTo(late)).status).toBe('success');
    await toProcess(cancelJson([late]));
    await commander.expectServing();
    expect(relay.answers.filter(({ id }) => id === late)).toHaveLength(1);
  });

  test('a flood of cancels, good and bad, fills neither memory nor log', async () => {
    const commander = createCommander(slot, relay, agent);
    const before = agent.logged().length;
    const ids = (n: number) => Array.from({ length: 1000 }, (_, i) => 10_000_000 + 1000 * n + i);
    await Promise.all(Array.from({ length: 500 }, (_, n) => toProcess(cancelJson(ids(n)))));
    await Promise.all(Array.from({ length: 300 }, () => toProcess('{"cancel":{"ids":["x"]}}')));
    // The last one shows that all earlier ones were handled.
    await toProcess('{"id":');
    await waitFor('all of them to be taken', () =>
      agent
        .logged()
        .slice(before)
        .some(({ code }) => code === 'json_invalid'),
    );
    await commander.expectServing();
    expect(anonymousMegabytes(agent.pid())).toBeLessThan(90);
    const lines = agent.logged().slice(before);
    expect(lines.length).toBeLessThan(600);
    expect(lines.filter(({ code }) => code === 'cancel_malformed')).toHaveLength(300);
  });
});
