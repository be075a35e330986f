import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiClient } from '../../cli/api/api-client.ts';
import { loadRunnerConfig } from '../../cli/runner/config/runner-config.ts';
import type { RunnerEvent } from '../../cli/runner/events/runner-log.ts';
import type { RunnerDeps } from '../../cli/runner/service/runner-deps.ts';
import { keepSigned, keepSweepsSigned } from '../../cli/runner/sweeps/keep-signed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createSigner } from '../../platform/openpgp/sign.ts';
import { defined } from '../setup/defined.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { postSweep, sweepText } from '../setup/sweeps.ts';

const HOURLY = { cron: '0 * * * *', timezone: 'UTC', catchup: '0s' };
const folder = mkdtempSync(join(tmpdir(), 'mig-runner-sweeps-'));
const events: RunnerEvent[] = [];
let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A runner that acts as John, and trusts sweeps that one investigator has signed. */
async function runnerOf(trusted: 'bob' | 'john', names: string): Promise<RunnerDeps> {
  const keys = join(folder, `${trusted}.asc`);
  writeFileSync(keys, platform.people[trusted].publicKey);
  const file = join(folder, 'runner.cfg');
  const lines = [
    '[runner]',
    `directory = ${folder}`,
    '[sweeps]',
    `names = ${names}`,
    `keys = ${keys}`,
    'ahead = 5h',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const signer = await createSigner(readFileSync(platform.people.john.privateKeyFile));
  const api = createApiClient({
    url: platform.apiUrl,
    sign: signer.sign,
  });
  return {
    config: loadRunnerConfig(file),
    session: { api, signer },
    log: (event) => events.push(event),
    now: Date.now,
    sleep: () => Promise.reject(new Error('not needed')),
    signal: new AbortController().signal,
  };
}

test('a runner signs the runs of a sweep ahead, once, with its own key', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'hourly', schedule: HOURLY }));
  const deps = await runnerOf('bob', 'hourly');
  const sweeps = defined(deps.config.sweeps);
  expect(await keepSigned(deps, sweeps, 'hourly')).toBe(5);
  expect(await keepSigned(deps, sweeps, 'hourly')).toBe(0);
  const { rows } = await platform.pool.query(
    `SELECT DISTINCT i.pgpfingerprint
     FROM sweep_signed s
     JOIN investigators i ON i.id = s.postedby
     WHERE s.sweepid = $1`,
    [posted.id],
  );
  expect(rows).toEqual([{ pgpfingerprint: platform.people.john.fingerprint }]);
});

test('a sweep that none of its keys has signed is not signed, whatever key the platform shows', async () => {
  await postSweep(platform.api, sweepText({ name: 'foreign', schedule: HOURLY }));
  const deps = await runnerOf('john', 'foreign');
  await expect(keepSigned(deps, defined(deps.config.sweeps), 'foreign')).rejects.toThrow(
    'nobody known has signed',
  );
});

test('a sweep that cannot be signed stops no other, and is logged once', async () => {
  await postSweep(platform.api, sweepText({ name: 'second', schedule: HOURLY }));
  const deps = await runnerOf('bob', 'missing, second');
  events.length = 0;
  await using _signing = keepSweepsSigned(deps, defined(deps.config.sweeps));
  await waitFor('the second', () => events.some(({ event }) => event === 'sweep-signed'));
  expect(events.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    expect.stringContaining('sweep missing not signed'),
  ]);
});

test.each([
  ['names = a', 'keys is missing'],
  ['keys = /x', 'names is missing'],
  ['names = a\nkeys = /x\nahead = 1s', 'too short'],
  ['naems = a', 'naems'],
])('the section [sweeps] with %j is refused by name', (lines, reason) => {
  const file = join(folder, 'wrong.cfg');
  writeFileSync(file, `[runner]\ndirectory = ${folder}\n[sweeps]\n${lines}\n`);
  expect(() => loadRunnerConfig(file)).toThrow(reason);
});
