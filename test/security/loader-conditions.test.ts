import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchingManifests } from '../../api/loaders/match-conditions.ts';
import { createLogger } from '../../platform/log.ts';
import { loaderIdsOf, matchLoader } from '../../platform/postgres/queries/targets.ts';
import {
  createSingleUseSessions,
  type SingleUseSessions,
} from '../../platform/postgres/single-use-sessions.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

// These conditions skip the first wall, because the second one must stop them alone.

const SLOW = '(SELECT count(*) FROM generate_series(1, 1000000000)) > 0';
const DELETING = 'id IN (WITH x AS (DELETE FROM loaders RETURNING id) SELECT id FROM x)';

let slot: Slot;
let search: SingleUseSessions;

beforeAll(async () => {
  slot = await openSlot();
  search = createSingleUseSessions({
    url: slot.urlOf('migsearch', slot.name),
    name: 'test targets',
    max: 2,
    timeoutMs: 10_000,
    warmUp: 'SELECT 1',
  });
  await slot.admin.query(
    `INSERT INTO loaders (id, loadername, keyprefix, loaderkey, salt, lastseen, enabled)
     VALUES (1, 'one', 'prefix', sha256('k'), substr(sha256('s'), 1, 16), now(), true)`,
  );
});
afterAll(async () => {
  await search?.[Symbol.asyncDispose]();
  await slot?.[Symbol.asyncDispose]();
});

test.each([
  'loaderkey IS NOT NULL',
  'EXISTS (SELECT salt FROM loaders)',
  'EXISTS (SELECT apikey FROM investigators)',
  'EXISTS (SELECT 1 FROM manifests)',
  'EXISTS (SELECT 1 FROM manifest_files)',
  `mig_target.match_loader(1, ARRAY['true']) IS NOT NULL`,
  `pg_read_file('/etc/passwd') IS NOT NULL`,
  `nextval('ids') > 0`,
  'true); DELETE FROM loaders; SELECT id FROM loaders WHERE (true',
])('a condition over loaders reads no keys, writes nothing and calls nothing: %s', async (condition) => {
  // The one that fails hinders no other.
  expect(await matchLoader(search, { loaderId: 1, conditions: [condition, 'true'] })).toEqual([false, true]);
  await expect(loaderIdsOf(search, condition)).rejects.toMatchObject({ code: 'target_failed' });
  expect(await loaderIdsOf(search, 'true')).toEqual([1]);
});

test('a condition over loaders that would delete them is refused', async () => {
  const refusal = { code: 'target_failed', message: expect.stringContaining('data-modifying') };
  await expect(matchLoader(search, { loaderId: 1, conditions: [DELETING] })).rejects.toMatchObject(refusal);
  await expect(loaderIdsOf(search, DELETING)).rejects.toMatchObject(refusal);
  expect(await loaderIdsOf(search, 'true')).toEqual([1]);
});

test('a condition that runs too long ends, and is no match', async () => {
  await using short = openShortSessions();
  const matching = matchLoader(short, { loaderId: 1, conditions: ['true', SLOW] });
  await expect(matching).rejects.toMatchObject({ code: 'target_timeout' });
});

test('a target that runs too long or fails hinders no other, and is logged with its manifest', async () => {
  await using short = openShortSessions();
  const { lines, log } = recordingLog();
  const manifests = [
    { id: 11, target: SLOW },
    { id: 12, target: `loadername = 'one'` },
    { id: 13, target: DELETING },
    { id: 14, target: 'false' },
    { id: 15, target: 'true' },
  ];
  const loader = { id: 1, expectenv: null };
  const matching = await matchingManifests({ targets: short, log }, { loader, manifests });
  expect(matching.map(({ id }) => id)).toEqual([12, 15]);
  const msg = 'condition on a loader failed';
  expect(lines).toMatchObject([
    { level: 'warn', msg, loaderId: 1, manifestId: 11, error: 'target: ran too long' },
    { level: 'warn', msg, loaderId: 1, manifestId: 13, error: expect.stringContaining('data-modifying') },
  ]);
});

test.each([SLOW, DELETING])('an expected environment that fails is not met: %s', async (expectenv) => {
  await using short = openShortSessions();
  const { lines, log } = recordingLog();
  const found = await matchingManifests(
    { targets: short, log },
    { loader: { id: 1, expectenv }, manifests: [{ id: 11, target: 'true' }] },
  );
  expect(found).toEqual([]);
  expect(lines).toMatchObject([{ level: 'warn', loaderId: 1 }]);
});

function openShortSessions(): SingleUseSessions {
  return createSingleUseSessions({
    url: slot.urlOf('migsearch', slot.name),
    name: 'test targets',
    max: 1,
    timeoutMs: 300,
    warmUp: 'SELECT 1',
  });
}

function recordingLog() {
  const lines: unknown[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { lines, log };
}
