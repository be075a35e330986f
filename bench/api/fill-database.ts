import { createApiCaller } from '../../dev/api-caller.ts';
import { openRegisteredFleet } from '../../dev/simulation/registered-fleet.ts';
import { type Testbed, waitForAnswers } from '../../dev/simulation/testbed.ts';
import { type PostedSweep, postSweep, triggerSweep } from '../../dev/sweep-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { readRow } from '../../platform/postgres/read-row.ts';
import { type Floors, measureFloors } from '../measure/floor.ts';
import { elementsOfThisMachine } from '../measure/sweep-question.ts';
import { waitForRunEnd } from '../measure/sweep-run.ts';
import type { CaseRig } from './case-rig.ts';
import { sweepText } from './sweep-cases.ts';

const TARGET = `name LIKE 'bench-%'`;
const UPGRADE = {
  module: 'upgrade',
  parameters: {
    'linux/amd64': { to_version: '2', location: 'https://127.0.0.1/mig-agent', checksum: '0'.repeat(64) },
  },
};

/** Agents, an action and two runs of a sweep that all have answered, and an upgrade that waits for them. */
export async function fillDatabase(
  testbed: Testbed,
  { agents }: { agents: number },
): Promise<{ floors: Floors; rig: CaseRig }> {
  const { floors, ...answered } = await askAgents(testbed, agents);
  const upgradeId = await startUpgrade(testbed, agents);
  // The state in which autovacuum leaves the tables a minute later.
  await testbed.db.query('VACUUM (ANALYZE)');
  const api = await createApiCaller(testbed.stack.api.url, testbed.stack.investigator, { isChecked: false });
  return { floors, rig: { testbed, api, upgradeId, ...answered } };
}

/** The agents disconnect when they have answered. */
async function askAgents(testbed: Testbed, count: number) {
  const text = sweepText({ name: 'bench', target: TARGET });
  await using _fleet = await openRegisteredFleet(testbed, {
    count,
    prefix: 'bench',
    connections: 4,
    elements: await elementsOfThisMachine(text),
  });
  const action = await testbed.sign({ name: 'to all', target: TARGET });
  const { id: actionId } = await testbed.post(action);
  await waitForAnswers(testbed, { actionId, count });
  const sweep = await postSweep(testbed.api, text);
  await runSweep(testbed, sweep);
  // As if one check had failed before: the next run turns its verdicts.
  await testbed.db.query(
    `UPDATE compliance_items
     SET
       status = 'fail',
       verdict = 'fail'
     WHERE sweepid = $1 AND checkid = 'one'`,
    [sweep.id],
  );
  const runId = await runSweep(testbed, sweep);
  const floors = await measureFloors(testbed, { prefix: 'bench', runs: 1 });
  return { actionId, sweep, runId, floors };
}

async function runSweep(testbed: Testbed, sweep: PostedSweep): Promise<number> {
  const runId = await triggerSweep(testbed.api, sweep);
  await waitForRunEnd(testbed, runId);
  return runId;
}

async function startUpgrade(testbed: Testbed, agents: number): Promise<number> {
  const action = await testbed.sign({
    name: 'upgrade',
    target: TARGET,
    expiresInMs: 3_600_000,
    operations: [UPGRADE],
  });
  const { id } = await testbed.post(action);
  const areKnown = async () => {
    const { count } = await readRow<{ count: number }>(testbed.db, {
      text: 'SELECT count(*)::int AS count FROM upgrades WHERE actionid = $1',
      values: [id],
    });
    return count >= agents;
  };
  await waitFor('the endpoints of the upgrade', areKnown, { everyMs: 100 });
  return id;
}
