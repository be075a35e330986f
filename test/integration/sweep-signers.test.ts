import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';
import { type PostedSweep, postSweep, sweepText } from '../setup/sweeps.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-sweep-signers-'));
const schedule = { cron: '0 3 * * *', timezone: 'UTC', catchup: '0s' };
const ALWAYS = ['-until', '3d', '-y'];
let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function keyFile(who: 'bob' | 'john'): string {
  const file = join(folder, `${who}.asc`);
  writeFileSync(file, platform.people[who].publicKey);
  return file;
}

async function signedOf({ id }: PostedSweep): Promise<number> {
  const { rows } = await platform.pool.query('SELECT count(*) AS n FROM sweep_signed WHERE sweepid = $1', [
    id,
  ]);
  return rows[0].n;
}

test("mig sweep sign with -keys signs the sweeps of these people, and one's own", async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'of bob', schedule }));
  const other = await cliOf(platform, 'john').mig([
    'sweep',
    'sign',
    'of bob',
    '-keys',
    keyFile('bob'),
    ...ALWAYS,
  ]);
  expect(other, other.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('3 runs signed') });
  expect(other.stderr).toContain(platform.people.bob.fingerprint);
  expect(other.stderr).not.toContain('the API sent this key');
  expect(await signedOf(posted)).toBe(3);
  const own = await cliOf(platform, 'bob').mig([
    'sweep',
    'sign',
    'of bob',
    '-keys',
    keyFile('john'),
    '-until',
    '5d',
    '-y',
  ]);
  expect(own, own.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('2 runs signed') });
});

test.each(['sign', 'trigger', 'verify'])(
  'mig sweep %s with -keys refuses the sweep of somebody else',
  async (verb) => {
    const name = `foreign ${verb}`;
    const posted = await postSweep(platform.api, sweepText({ name, schedule }));
    const rest = { sign: ALWAYS, trigger: ['-y'], verify: ['-y'] }[verb] ?? [];
    const words = ['sweep', verb, name, ...(verb === 'verify' ? ['web1'] : [])];
    const { status, stderr } = await cliOf(platform, 'john').mig([
      ...words,
      '-keys',
      keyFile('john'),
      ...rest,
    ]);
    expect([status, stderr]).toEqual([3, expect.stringContaining('nobody known has signed this sweep')]);
    expect(await signedOf(posted)).toBe(0);
  },
);

test('without -keys the key that the API sent is named as such, with its fingerprint', async () => {
  await postSweep(platform.api, sweepText({ name: 'by api', schedule }));
  const { status, stderr } = await cliOf(platform, 'john').mig(['sweep', 'sign', 'by api', ...ALWAYS]);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain(`(${platform.people.bob.fingerprint})`);
  expect(stderr).toContain('the API sent this key: compare its fingerprint, or give -keys');
});

test('a key file that does not exist, or has no key, signs nothing', async () => {
  await postSweep(platform.api, sweepText({ name: 'no keys', schedule }));
  const empty = join(folder, 'empty.asc');
  writeFileSync(empty, 'nothing');
  for (const keys of [empty, join(folder, 'missing')]) {
    const { mig } = createInvestigatorCli({
      home: folder,
      apiUrl: platform.apiUrl,
      key: platform.people.bob,
    });
    const { status, stderr } = await mig(['sweep', 'sign', 'no keys', '-keys', keys, ...ALWAYS]);
    expect(status, stderr).not.toBe(0);
    expect(stderr).toContain(keys);
  }
});

test('the document of another sweep is not signed, though the same person has signed it', async () => {
  const asked = await postSweep(platform.api, sweepText({ name: 'asked for', schedule }));
  const other = await postSweep(platform.api, sweepText({ name: 'the other one', schedule, target: 'true' }));
  await platform.pool.query(
    `UPDATE sweeps s
     SET document = o.document, signatures = o.signatures
     FROM sweeps o
     WHERE s.id = $1 AND o.id = $2`,
    [asked.id, other.id],
  );
  const { status, stderr } = await cliOf(platform, 'bob').mig(['sweep', 'sign', 'asked for', ...ALWAYS]);
  expect([status, stderr]).toEqual([3, expect.stringContaining(`document of the sweep 'the other one'`)]);
  expect(await signedOf(asked)).toBe(0);
});
