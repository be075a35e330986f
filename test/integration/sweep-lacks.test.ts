import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Acl } from '../../contract/rules/acl.ts';
import { parseSweep } from '../../contract/sweep/document.ts';
import { demoAcl } from '../../dev/stack/seed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { cliOf, openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import {
  fileCheck,
  type PostedSweep,
  plannedThisMinute,
  planRun,
  postSweep,
  signAhead,
  signParts,
  sweepText,
  triggerSweep,
  waitForRun,
} from '../setup/sweeps.ts';

// An action is refused as a whole by an agent that lacks one of its modules, or may not run it.

const FOUND = JSON.stringify({ '1.s': [{ file: '/etc/one', search: {} }] });
const elements = { file: FOUND, pkg: '{"packages":[{"name":"auditd"}]}' };

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
  const onlyFiles = { file: FOUND };
  platform.use(await openAgents(platform, { count: 1, prefix: 'whole', elements }));
  platform.use(await openAgents(platform, { count: 1, prefix: 'nopkg', elements: onlyFiles }));
  platform.use(await openAgents(platform, { count: 1, prefix: 'mig', elements, capabilities: [] }));
  const acl = (people: Platform['people']): Acl => ({
    ...(demoAcl(people) as Acl),
    pkg: { minimumweight: 1, investigators: {} },
  });
  platform.use(await openAgents(platform, { count: 1, prefix: 'forbidden', elements, acl }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const owned = fileCheck('owned', '/etc');
Object.assign(owned.action.operations[0]?.parameters.searches.s ?? {}, { owners: ['root'] });
const pkgCheck = {
  id: 'installed',
  action: {
    name: 'auditd is installed',
    operations: [{ module: 'pkg', parameters: { pkgmatch: { matches: ['^auditd$'] } } }],
    compliance: { expect: ['found'] },
  },
};

/** Status and reason of each item, by endpoint and check. */
async function itemsOf({ id }: PostedSweep): Promise<Record<string, unknown>> {
  const answer = await platform.api.get(`/sweep/items?sweepid=${id}`);
  expect(answer.status, answer.text).toBe(200);
  const values = answer.body.collection.items.map(
    (one: { data: { value: unknown }[] }) => one.data[0]?.value,
  );
  return Object.fromEntries(
    values.map((item: Record<string, string>) => [
      `${item.agent} ${item.check}`,
      item.reason === null ? item.status : `${item.status}: ${item.reason}`,
    ]),
  );
}

const REFUSAL =
  'refused by its ACL: permission denied for operation pkg, insufficient signatures weight (need 1, got 0)';

test('an endpoint answers the checks that it can, and says of the others why it cannot', async () => {
  const checks = [fileCheck('one', '/etc'), pkgCheck, owned];
  const posted = await postSweep(platform.api, sweepText({ name: 'lacks', checks }));
  expect(posted.operations).toHaveLength(3);
  const run = await waitForRun(platform, await triggerSweep(platform.api, posted));
  expect(run).toMatchObject({
    state: 'complete',
    targeted: 4,
    answered: 4,
    counts: { pass: 9, notchecked: 3 },
  });
  expect(await itemsOf(posted)).toEqual({
    'whole-0 one': 'pass',
    'whole-0 owned': 'pass',
    'whole-0 installed': 'pass',
    'nopkg-0 one': 'pass',
    'nopkg-0 owned': 'pass',
    'nopkg-0 installed': 'notchecked: agent has no module pkg',
    'mig-0 one': 'pass',
    'mig-0 owned':
      'notchecked: agent has not announced file-attributes (searches by owner, group, permissions, ctime or birth time)',
    'mig-0 installed': 'pass',
    'forbidden-0 one': 'pass',
    'forbidden-0 owned': 'pass',
    'forbidden-0 installed': `notchecked: ${REFUSAL}`,
  });
});

test('mig says why items are not decided, and which actions a run has asked', async () => {
  const { mig } = cliOf(platform);
  const triggered = await mig(['sweep', 'trigger', 'lacks', '-y']);
  const [, runId] = /^run (\d+)/m.exec(triggered.stdout) ?? [];
  const asked = /3 actions: mig results \d+, mig results \d+, mig results \d+/;
  expect(triggered.stderr).toMatch(asked);
  expect(triggered.stderr).toContain('mig sweep show lacks says why items are undecided');
  const shown = await mig(['sweep', 'show', 'lacks']);
  expect(shown.stdout).toMatch(asked);
  expect(shown.stdout).toContain('  notchecked  installed  on nopkg-0  agent has no module pkg\n');
  const items = await mig(['sweep', 'show', 'lacks', '-status', 'notchecked', '-agent', 'forbidden-0']);
  expect(items.stdout).toBe(`forbidden-0  installed  notchecked  -      -      ${REFUSAL}\n`);
  const [newest] = (await mig(['sweep', 'history', 'lacks'])).stdout.split('\n');
  expect(newest).toMatch(new RegExp(`^run ${runId} .*${asked.source}$`));
  const ofRun = await mig(['sweep', 'show', 'lacks', '-run', runId ?? '']);
  expect(ofRun.stdout).toMatch(asked);
  expect(ofRun.stdout).toMatch(/^installed .* 2$/m);
  const json = JSON.parse((await mig(['sweep', 'show', 'lacks', '--json'])).stdout);
  expect(json.reasons).toHaveLength(3);
  expect((await mig(['sweep', 'show', 'lacks', '-run', '1'])).stderr).toContain('the sweep has no run 1');
});

test('an endpoint that is away has its reason in each item', async () => {
  const { rows } = await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ('away', 'linux.away', 'daemon', '1', 1, now(), '2026-01-02T03:04:05Z', now(), 'offline', '{"os":"linux"}', '{}')
     RETURNING queueloc`,
  );
  expect(rows).toHaveLength(1);
  const text = sweepText({
    name: 'away',
    target: `status='offline'`,
    checks: [fileCheck('one', '/etc'), fileCheck('two', '/etc')],
  });
  const posted = await postSweep(platform.api, text);
  const plannedat = new Date(Date.now() - 40_000).toISOString();
  const runId = await triggerSweep(platform.api, posted, { plannedat });
  const expected = 'notchecked: did not answer: offline since 2026-01-02T03:04:05Z';
  expect(await waitForRun(platform, runId)).toMatchObject({ state: 'partial', answered: 0 });
  expect(await itemsOf(posted)).toEqual({ 'away one': expected, 'away two': expected });
});

test('a sweep and a run that were signed when all checks were asked together still run', async () => {
  const file = new URL('../fixtures/sweep-signed-together.json', import.meta.url);
  const recorded: { document: string; operations: string[] } = JSON.parse(readFileSync(file, 'utf8'));
  const { operations } = recorded;
  const { cron, plannedat } = plannedThisMinute();
  const document = JSON.stringify({
    ...JSON.parse(recorded.document),
    schedule: { cron, catchup: '0s' },
    validity: '5m',
  });
  const created = await platform.api.form('/sweep/create/', {
    sweep: document,
    signatures: JSON.stringify([await signText(document, platform.api.key)]),
    operations: JSON.stringify(operations),
  });
  expect(created.status, created.text).toBe(202);
  const id: number = created.body.collection.items[0].data[0].value.id;
  const sweep = parseSweep(document);
  const signed = await signAhead(platform.api, { id, sweep, operations }, [plannedat]);
  expect(signed.status, signed.text).toBe(202);
  const planned = await waitForRun(platform, await planRun(platform, { id }, plannedat));
  const again = new Date().toISOString();
  const asked = await platform.api.form('/sweep/run/', {
    sweepid: String(id),
    run: JSON.stringify({
      kind: 'trigger',
      plannedat: again,
      parts: (await signParts(platform.api.key, { sweep, operations }, again)).map((part, index) => ({
        ...part,
        operations: operations[index],
      })),
    }),
  });
  expect(asked.status, asked.text).toBe(202);
  const triggered = await waitForRun(platform, asked.body.collection.items[0].data[0].value.id);
  for (const run of [planned, triggered]) {
    expect(run).toMatchObject({ state: 'complete', targeted: 4, answered: 4 });
    // The agents that may not run `pkg`, or lack it, refuse their only action.
    expect(run.counts.notchecked).toBe(3 * sweep.checks.length);
    await waitFor('its one action', async () => {
      const found = await platform.pool.query('SELECT part FROM sweep_actions WHERE runid = $1', [run.id]);
      return found.rows.length === 1;
    });
  }
});
