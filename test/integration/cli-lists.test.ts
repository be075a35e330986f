import { afterAll, beforeAll, expect, test } from 'vitest';
import { postAction } from '../../dev/api-caller.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = cliOf(platform, 'bob');
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** More than two of the tool's pages. */
const COUNT = 450;
const HOSTILE = ['\u001b[2J\u001b[1;1H', 'a\nonline  b', '\u202egpj.exe', '\u009b31m', '<b>&"\\', 'é 中 🙂'];

async function addAgents(names: readonly string[], status: string): Promise<void> {
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT name, 'linux.' || $2 || '.' || n, 'daemon', '20260101+a.prod', 1, now(), '2026-05-06 07:08:09.123456+00', now(), $2,
       '{"os":"linux"}', '{}'
     FROM unnest($1::text[]) WITH ORDINALITY AS given (name, n)`,
    [names, status],
  );
}

test('mig status lists the latest actions, newest first, and reports when there are none', async () => {
  expect(await bob.mig(['status'])).toEqual({
    status: 0,
    stdout: '',
    stderr: 'no action has been launched yet\n',
  });
  expect(await bob.mig(['status', '--json'])).toMatchObject({ status: 0, stdout: '[]\n' });
  const launched: string[] = [];
  for (const minutes of [-1, -8, -3]) {
    const window = { validFromMs: Date.now() + minutes * 60_000, expireAfterMs: Date.now() + 600_000 };
    launched.unshift(String(await postAction(platform.api, window)));
  }
  const { status, stdout } = await bob.mig(['status']);
  expect(status).toBe(0);
  expect(stdout.match(/^ *\d+(?= )/gm)?.map((id) => id.trim())).toEqual(launched);
  const rows = (await bob.mig(['status', '--csv'])).stdout.trimEnd().split('\r\n');
  expect(rows.map((row) => row.split(',')[0])).toEqual(['"id"', ...launched]);
  expect(JSON.parse((await bob.mig(['status', '--json'])).stdout)).toHaveLength(launched.length);
  expect(await bob.mig(['status', String(launched[0]), '--csv'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('mig status with an id prints one action'),
  });
});

test('mig agents lists every agent once, one per line, and reports when there are none', async () => {
  expect(await bob.mig(['agents'])).toEqual({
    status: 0,
    stdout: '',
    stderr: 'no agent has registered yet\n',
  });
  const names = Array.from({ length: COUNT }, (_, i) => `host-${i}.example.net`);
  await addAgents(names, 'online');
  await addAgents(['gone.example.net'], 'offline');
  const { status, stdout, stderr } = await bob.mig(['agents']);
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^ *id +status +last heart.*\n$/),
  });
  const lines = stdout.trimEnd().split('\n');
  const line = /^(\d+) +(online|offline) +2026-05-06T07:08:09Z {2}(\S+) +20260101\+a\.prod +linux\.\w+\.\d+$/;
  expect(lines.filter((text) => !line.test(text))).toEqual([]);
  const listed = lines.map((text) => line.exec(text)?.[3]);
  expect(listed.sort()).toEqual([...names, 'gone.example.net'].sort());
});

test('mig agents lists the agents that a target or macro reaches, and ends with 3 when it is refused', async () => {
  for (const [target, count] of [
    [`name LIKE 'host-1_.%'`, 10],
    ['allonline', COUNT],
    [`status='offline'`, 1],
  ] as const) {
    const { stdout } = await bob.mig(['agents', '-t', target]);
    expect(stdout.trimEnd().split('\n'), target).toHaveLength(count);
  }
  const nobody = await bob.mig(['agents', '-t', `name='nobody'`]);
  expect(nobody).toMatchObject({ status: 3, stdout: '' });
  expect(nobody.stderr).toMatch(
    /^the target matches no agent: name='nobody'\na target reaches offline agents only if /,
  );
  const refused = await bob.mig(['agents', '-t', 'pg_sleep(1) IS NULL']);
  expect(refused).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('pg_sleep') });
});

test('names of agents cannot control the terminal, and are unchanged in JSON', async () => {
  await addAgents(HOSTILE, 'idle');
  const { stdout } = await bob.mig(['agents', '-t', `status='idle'`]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(HOSTILE.length);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(stdout).toContain('\\u{1b}[2J\\u{1b}[1;1H');
  const json = await bob.mig(['agents', '-t', `status='idle'`, '--json']);
  expect(json.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  const records = JSON.parse(json.stdout);
  expect(records.map(({ name }: { name: string }) => name).sort()).toEqual([...HOSTILE].sort());
  expect(records[0]).toMatchObject({ status: 'idle', queueloc: expect.stringMatching(/^linux\.idle\./) });
  const none = await bob.mig(['agents', '-t', `name='nobody'`, '--json']);
  expect(none).toMatchObject({ status: 3, stdout: '[]\n' });
  expect(none.stderr).toContain("the target matches no agent: name='nobody'");
});
