import { expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startActionWorkflow } from '../../platform/temporal/start-action.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { log, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

/** Ten names of 256 characters: more than Temporal accepts for one search attribute. */
const LONG_MODULES = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(256, 'm'));

async function storeAction(platform: Platform, modules: readonly string[], name = 'stored'): Promise<number> {
  const operations = JSON.stringify(modules.map((module) => ({ module, parameters: {} })));
  const { rows } = await platform.pool.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion,
       pgpsignatures)
     VALUES ($1, 'true', '{}', '{}', $2, now(), now() + interval '1 hour', 'pending', 2, '["x"]')
     RETURNING id`,
    [name, operations],
  );
  return rows[0].id;
}

test('actions with content that Temporal would refuse end, as do later ones, and agents become offline', async () => {
  await using platform = await openPlatform({ worker: false });
  const first = await storeAction(platform, LONG_MODULES);
  const unreadable = await storeAction(platform, ['file'], 'unreadable');
  await platform.pool.query(`UPDATE actions SET operations = '{}' WHERE id = $1`, [unreadable]);
  const last = await storeAction(platform, ['file'], '\u{1f600}'.repeat(1000));
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ('old', 'linux.old.1', 'daemon', '1', 1, now(), now() - interval '40 minutes', now(), 'online', '{}', '{}')`,
  );
  await using _worker = await startWorker({ config: platform.workerConfig, log });
  // Their signatures are invalid.
  expect(await waitForEnd(platform, first)).toMatchObject({ status: 'invalid' });
  expect(await waitForEnd(platform, last)).toMatchObject({ status: 'invalid' });
  await waitFor('the old agent', async () => {
    const { rows } = await platform.pool.query(`SELECT status FROM agents WHERE name = 'old'`);
    return rows[0].status === 'idle';
  });
  const { rows } = await platform.pool.query('SELECT workflowat FROM actions WHERE id = $1', [unreadable]);
  expect(rows[0].workflowat).toBeNull();
});

test('an action starts whatever its text contains', async () => {
  await using platform = await openPlatform({ worker: false });
  const plain = { id: 1, name: 'n', status: 'pending', fingerprints: ['F'.repeat(40)], modules: ['file'] };
  const cards = [
    { ...plain, modules: LONG_MODULES },
    { ...plain, fingerprints: Array.from({ length: 64 }, (_, n) => `${n}`.padEnd(40, 'F')) },
    { ...plain, modules: ['"'.repeat(256), '\u{1f600}'.repeat(128), '\ud800'.repeat(256), '\\'.repeat(256)] },
    { ...plain, name: '\u{1f600}'.repeat(1000) },
    { ...plain, name: '"\\\u0001'.repeat(300) },
    { ...plain, name: '', fingerprints: [], modules: [] },
    { ...plain, modules: ['m'.repeat(4000)], fingerprints: ['f'.repeat(30_000)] },
  ];
  for (const [index, card] of cards.entries()) {
    const id = index + 1;
    await startActionWorkflow(platform.temporal, { ...card, id });
    const description = await platform.temporal.workflow.getHandle(actionWorkflowId(id)).describe();
    expect(description.status.name).toBe('RUNNING');
  }
});
