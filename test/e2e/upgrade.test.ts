import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import { buildAgent } from '../../dev/build/build-agent.ts';
import { nativeName, selectTarget } from '../../dev/build/targets.ts';
import { type FileServer, openFileServer, serveFile } from '../../dev/file-server.ts';
import { createResources } from '../../platform/async/resources.ts';
import { upgradeQuery } from '../../workflows/messages.ts';
import { agentSpec } from '../setup/agent-process.ts';
import { activityNames } from '../setup/history.ts';
import { type InstalledAgent, openInstalledAgent } from '../setup/installed-agent.ts';
import { cliOf, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

const OLD = '20260101+aaaaaaa.test';
const NEW = '20260201+bbbbbbb.test';
const PLATFORM = nativeName().replace('-', '/');

const resources = createResources();
const builds = mkdtempSync(join(tmpdir(), 'mig-builds-'));
let platform: Platform;
let server: FileServer;

beforeAll(async () => {
  resources.defer(() => rmSync(builds, { recursive: true, force: true }));
  for (const version of [OLD, NEW]) buildAgent(selectTarget(nativeName()), binary(version), { version });
  platform = resources.use(await openPlatform());
  const certificates = dirname(platform.slot.services.relay.files.ca);
  server = resources.use(await openFileServer(certificates, serveFile(binary(NEW))));
});
afterAll(() => resources[Symbol.asyncDispose]());

function binary(version: string): string {
  return join(builds, `mig-agent-${version}`);
}

function openOld(name: string): Promise<InstalledAgent> {
  return openInstalledAgent(agentSpec(platform.slot, name, { executable: binary(OLD) }), { version: OLD });
}

function postUpgrade(target: string, changes: object = {}): Promise<number> {
  const checksum = createHash('sha256')
    .update(readFileSync(binary(NEW)))
    .digest('hex');
  const instruction = { to_version: NEW, location: `${server.url}/mig-agent`, checksum, ...changes };
  return postAction(platform.api, {
    name: 'upgrade',
    target,
    expireAfterMs: Date.now() + 600_000,
    operations: [{ module: 'upgrade', parameters: { [PLATFORM]: instruction } }],
  });
}

async function recordsOf(id: number) {
  const { rows } = await platform.pool.query(
    'SELECT step, outcome, reason, oldpid, newpid, steps::text FROM upgrades WHERE actionid = $1 ORDER BY commandid',
    [id],
  );
  return rows.map((row) => ({
    ...row,
    steps: JSON.parse(row.steps).map(({ step }: { step: string }) => step),
  }));
}

test('three agents go through every step each, and only the new version remains', async () => {
  await using one = await openOld('one');
  await using two = await openOld('two');
  await using three = await openOld('three');
  const agents = [one, two, three];
  const before = await Promise.all(agents.map((agent) => agent.status()));
  const id = await postUpgrade(`version = '${OLD}'`);
  expect(await waitForEnd(platform, id, 120_000)).toEqual({ status: 'completed', reason: null });
  const records = await recordsOf(id);
  expect(records).toHaveLength(3);
  for (const record of records) {
    expect(record).toMatchObject({ step: 'done', outcome: 'done', reason: null });
    expect([...new Set(record.steps)]).toEqual([
      'sent',
      'old pid returned',
      'old agent marked upgraded',
      'new agent registered',
      'duplicate found',
      'kill sent',
      'kill acknowledged',
      'check sent',
      'one process found',
      'removal sent',
      'old binary removed',
      'done',
    ]);
  }
  expect(records.map(({ oldpid }) => oldpid).sort()).toEqual(before.map((status) => status?.pid).sort());
  for (const agent of agents) {
    expect(agent.files()).toEqual(['mig-agent', `mig-agent-${NEW}`]);
    // A process that it starts has the same executable for a moment.
    await expect
      .poll(() => agent.running().map(({ executable }) => executable), { timeout: 30_000 })
      .toEqual([join(agent.folder, `mig-agent-${NEW}`)]);
  }

  // The new agents answer the investigator's next action, once each.
  const next = await postAction(platform.api, { target: `version = '${NEW}'` });
  expect((await waitForEnd(platform, next)).status).toBe('completed');
  const { rows: commands } = await platform.pool.query('SELECT status FROM commands WHERE actionid = $1', [
    next,
  ]);
  expect(commands.map(({ status }) => status)).toEqual(['success', 'success', 'success']);

  // In Temporal the steps have the protocol's names; follow-up commands have no separate workflow.
  const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
  await handle.result(); // a query returns the state at the end of the last task
  const activities = activityNames(await handle.fetchHistory());
  for (const name of [
    'takeOldPids',
    'markUpgraded',
    'findNewAgents',
    'findDuplicates',
    'sendKills',
    'sendChecks',
  ]) {
    expect(activities).toContain(name);
  }
  expect(await handle.query(upgradeQuery)).toEqual({
    open: {},
    finished: { done: 3 },
    reachable: 0,
    silent: 0,
    stopped: null,
  });
  const { rows: followUps } = await platform.pool.query(
    `SELECT a.status, a.operations::json -> 0 ->> 'module' AS module, i.name FROM actions a
     JOIN signatures s ON s.actionid = a.id JOIN investigators i ON i.id = s.investigatorid
     WHERE upgradeid = $1 AND a.id <> $1`,
    [id],
  );
  expect(followUps.length).toBeGreaterThanOrEqual(5);
  for (const followUp of followUps) {
    expect(followUp).toEqual({ status: 'completed', module: 'agentdestroy', name: 'migscheduler' });
  }

  // The API and the tool report the same.
  const { stdout, status } = await cliOf(platform).mig(['upgrade', 'status', String(id), '-show', 'all']);
  expect(status).toBe(0);
  expect(stdout).toContain(`upgrade ${id}: completed`);
  expect(stdout).toMatch(/done +3/);
  expect(stdout.match(new RegExp(`done since .* ${OLD.replace('+', '\\+')} to`, 'g'))).toHaveLength(3);
  const answer = await platform.api.get(`/upgrade?actionid=${id}&all=true`);
  expect(answer.body.collection.items).toHaveLength(4);
  expect((await platform.api.get(`/upgrade?actionid=${next}`)).status).toBe(404);
});

test('the record has the reason for an agent with the version already, and for one that cannot be upgraded', async () => {
  await using agent = await openOld('bad');
  const wrong = await postUpgrade(`version = '${OLD}'`, { checksum: '0'.repeat(64) });
  expect((await waitForEnd(platform, wrong)).status).toMatch(/completed|cancelled/);
  const [failed] = await recordsOf(wrong);
  expect(failed).toMatchObject({ step: 'sent', outcome: 'failed' });
  expect(failed?.reason).toContain('Checksum validation failed.');
  const again = await postUpgrade(`version = '${OLD}'`, { to_version: OLD });
  await waitForEnd(platform, again);
  expect(await recordsOf(again)).toMatchObject([
    { step: 'done', outcome: 'done', reason: `Agent is already running version ${OLD}` },
  ]);
  expect(agent.running()).toHaveLength(1);
  const { status, stdout } = await cliOf(platform).mig(['upgrade', 'status', String(wrong)]);
  expect(status).toBe(4);
  expect(stdout).toContain('failed at "sent"');
});
