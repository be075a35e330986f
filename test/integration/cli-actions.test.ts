import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAction } from '../../contract/action.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { runMig } from '../../dev/stack/investigator.ts';
import { CTRL_C, runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;
const folder = mkdtempSync(join(tmpdir(), 'mig-actions-'));
const keys = join(folder, 'keys');
const pathOf = (name: string) => join(folder, name);

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
  mkdirSync(keys);
  for (const who of ['bob', 'john'] as const)
    writeFileSync(join(keys, `${who}.asc`), platform.people[who].publicKey);
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ('one', 'linux.one.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}')`,
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await platform?.[Symbol.asyncDispose]();
});

const PASSWD = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
/** The configuration comes first: after a + there are only flags of modules. */
const generate = (...args: string[]) => runMig(['action', 'generate', '-c', bob.migrc, ...args]);
const read = (text: string) => readAction(JSON.parse(text));
const minutes = (action: ReturnType<typeof read>) =>
  (unixMillis(action.expireafter) - unixMillis(action.validfrom)) / 60_000;
const countActions = async () => (await platform.pool.query('SELECT FROM actions')).rowCount;

async function fileOf(name: string, ...args: string[]): Promise<string> {
  const run = await generate(...args);
  expect(run, run.stderr).toMatchObject({ status: 0 });
  writeFileSync(pathOf(name), run.stdout);
  return pathOf(name);
}

describe('mig action generate', () => {
  test('makes and signs an action of modules, on one line, and launches nothing', async () => {
    const before = await countActions();
    const { status, stdout, stderr } = await generate(
      '-t',
      `os='linux'`,
      'file',
      ...PASSWD,
      '+',
      'netstat',
      '-ci',
      '192.0.2.1',
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const action = read(stdout);
    expect(action.operations.map(({ module }) => module)).toEqual(['file', 'netstat']);
    expect(action).toMatchObject({ target: `os='linux'`, syntaxversion: 2, pgpsignatures: { length: 1 } });
    // The beginning is up to eleven minutes back, so that no two actions are the same.
    expect(minutes(action)).toBeGreaterThanOrEqual(30);
    expect(minutes(action)).toBeLessThan(42);
    expect(await countActions()).toBe(before);
  });

  test('takes a file, a target or macro, and the window that is asked for', async () => {
    const file = pathOf('plain.json');
    const operation = {
      module: 'file',
      parameters: read((await generate('file', ...PASSWD)).stdout).operations[0]?.parameters,
    };
    const plain = {
      name: 'plain',
      target: `name='x'`,
      operations: [{ ...operation, want_compressed: true }],
    };
    writeFileSync(file, JSON.stringify(plain));
    const window = ['-validfrom', '2099-01-31T03:00:00Z', '-expireafter', '2h'];
    const action = read((await generate('-i', file, '-t', 'allonline', ...window, '-nolaunch')).stdout);
    expect(action).toMatchObject({
      name: 'plain',
      target: `status='online'`,
      validfrom: '2099-01-31T03:00:00Z',
      expireafter: '2099-01-31T05:00:00Z',
      operations: [{ is_compressed: true }],
    });
    const [compressed] = action.operations;
    expect(compressed && inflateParameters(compressed)).toEqual(operation.parameters);
    const now = read((await generate('-i', file, '-validfrom', 'now', '-expireafter', '10m')).stdout);
    expect(minutes(now)).toBeGreaterThanOrEqual(10);
    expect(minutes(now)).toBeLessThan(22);
  });

  test('prints it indented, or URL-encoded as a form has it', async () => {
    const pretty = (await generate('-p', 'file', ...PASSWD)).stdout;
    expect(pretty).toMatch(/^\{\n {4}"id": 0,\n {4}"/);
    const encoded = (
      await generate('-urlencode', 'file', '-path', '/etc', '-name', `^it's \\(a\\)!$`)
    ).stdout.trim();
    expect(encoded).toMatch(/^[\w.~%+-]+$/);
    const decoded = new URLSearchParams(`action=${encoded}`).get('action') ?? '';
    expect(read(decoded).pgpsignatures).toHaveLength(1);
  });

  test.each([
    [[], 'usage: mig action generate'],
    [['-validfrom', 'now'], 'usage: mig action generate'],
    [['-validfrom', 'tomorrow', 'file', ...PASSWD], '-validfrom must be now or a time like'],
    [['-validfrom', '2020-01-01T00:00:00Z', 'file', ...PASSWD], 'action expireafter is in the past'],
    [['-expireafter', '30', 'file', ...PASSWD], '-expireafter must be a duration'],
    [['-expireafer', '30m', 'file', ...PASSWD], 'did you mean -expireafter?'],
    [['file', ...PASSWD, '-expireafter', '30m'], '-expireafter'],
    [['fiel', ...PASSWD], 'did you mean file?'],
    [['-t', 'local', 'file', ...PASSWD], '-t local makes no action'],
    [['-i', '/does/not/exist'], 'there is no such file'],
    [['-e', '5m', 'file', ...PASSWD], '-e does not apply here'],
  ])('refuses %j', async (args, problem) => {
    const run = await generate(...args);
    expect([2, 3], run.stderr).toContain(run.status);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(problem);
  });
});

describe('a signed action in a file', () => {
  test('gets a second signature, and cannot be given another target or window', async () => {
    const one = await fileOf('one.json', 'file', ...PASSWD);
    const two = await john.mig(['action', 'generate', '-i', one]);
    expect(two.stderr).toContain('Valid signature by Bob Kelso');
    expect(read(two.stdout).pgpsignatures).toHaveLength(2);
    const signed = await john.mig(['action', 'sign', one]);
    expect(read(signed.stdout).pgpsignatures).toHaveLength(2);
    for (const args of [
      ['-t', 'true'],
      ['-validfrom', 'now'],
      ['-expireafter', '1h'],
      ['-n', 'other'],
    ]) {
      const run = await john.mig(['action', 'generate', '-i', one, ...args]);
      expect(run, args.join(' ')).toMatchObject({ status: 2, stdout: '' });
      expect(run.stderr).toMatch(/no effect|have no effect/);
    }
    const line = ['action', 'generate', '-i', one, '-c', john.migrc];
    const { status, shown } = await runOnTerminal(line, [['sign this? [y/N] ', CTRL_C]]);
    expect({ status, shown }).toMatchObject({ status: 130 });
  });

  test('is verified offline, alone and in a command, with the keys that are named', async () => {
    const file = await fileOf('verified.json', 'file', ...PASSWD);
    const verify = (...args: string[]) => bob.mig(['action', 'verify', ...args]);
    const command = pathOf('command.json');
    writeFileSync(command, JSON.stringify({ id: 1, action: JSON.parse(readFileSync(file, 'utf8')) }));
    const offline = ['-conf', pathOf('none'), '-keys', keys];
    for (const which of [['-a', file], [file]]) {
      const { stdout, stderr } = await runMig(['action', 'verify', ...which, ...offline]);
      expect(stdout).toBe(
        `Valid signature by ${platform.people.bob.name} <bob@mig.invalid> (${platform.people.bob.fingerprint})\n`,
      );
      expect(stderr).toContain('how much weight each signer has is in the ACL');
    }
    const wrapped = await runMig(['action', 'verify', '-c', command, ...offline]);
    expect(wrapped).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('only the action is signed'),
    });
    const stranger = await runMig(['action', 'verify', '-a', file, '-keys', join(keys, 'john.asc')]);
    expect(stranger).toMatchObject({ status: 3, stdout: expect.stringContaining('[error]') });
    const changed = { ...JSON.parse(readFileSync(file, 'utf8')), target: 'true' };
    writeFileSync(pathOf('changed.json'), JSON.stringify(changed));
    expect((await runMig(['action', 'verify', pathOf('changed.json'), ...offline])).status).toBe(3);
    // The configuration that this test adds to the line would be a second file.
    expect((await verify('-a', file)).status).toBe(2);
  });

  test('is launched without following, once, and the line names its id', async () => {
    const file = await fileOf('launched.json', '-t', `os='linux'`, 'file', ...PASSWD);
    const { status, stdout, stderr } = await bob.mig(['action', 'launch', '-i', file, '-nofollow']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const id = /^Successfully launched action (\d+)\n$/.exec(stdout)?.[1];
    const { rows } = await platform.pool.query('SELECT pgpsignatures, name FROM actions WHERE id = $1', [id]);
    expect(JSON.parse(rows[0].pgpsignatures)).toEqual(read(readFileSync(file, 'utf8')).pgpsignatures);
    const json = await bob.mig([
      'action',
      'launch',
      '-nofollow',
      '--json',
      '-expireafter',
      '5m',
      'file',
      ...PASSWD,
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      id: expect.any(Number),
      operations: [{ module: 'file' }],
    });
  });

  test('reaches nobody: nothing is launched; and a typo launches nothing', async () => {
    const before = await countActions();
    const nobody = await bob.mig(['action', 'launch', '-t', `os='plan9'`, '-nofollow', 'file', ...PASSWD]);
    expect(nobody).toMatchObject({ status: 3, stdout: '' });
    const typo = await bob.mig(['action', 'launch', '-nofolow', 'file', ...PASSWD]);
    expect(typo).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean -nofollow?') });
    expect(await countActions()).toBe(before);
  });
});
