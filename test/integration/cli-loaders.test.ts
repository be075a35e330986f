import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoaderRig, machine, openLoaderRig } from '../setup/loaders.ts';
import { CTRL_C, runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf } from '../setup/platform.ts';

let rig: LoaderRig;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;
const folder = mkdtempSync(join(tmpdir(), 'mig-loaders-'));
const release = join(folder, 'release');
const keys = join(folder, 'keys');

beforeAll(async () => {
  rig = await openLoaderRig();
  bob = cliOf(rig.platform, 'bob');
  john = cliOf(rig.platform, 'john');
  // To read what he signs, he needs more than the right to sign it.
  await bob.mig(['investigators', 'permissions', 'John Smith', '-add', 'manifest,manifest_sign']);
  for (const path of [release, keys]) mkdirSync(path);
  writeFileSync(join(release, 'mig-agent'), 'agent');
  writeFileSync(join(release, 'configuration'), '[agent]\n');
  for (const who of ['bob', 'john'] as const)
    writeFileSync(join(keys, `${who}.asc`), rig.platform.people[who].publicKey);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await rig?.platform[Symbol.asyncDispose]();
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('mig loaders', () => {
  test('registers a loader, prints its key alone and once, and enables it', async () => {
    const created = await bob.mig(['loaders', 'create', 'web1', '-expect', `env->>'os'='linux'`]);
    expect(created, created.stderr).toMatchObject({ status: 0 });
    expect(created.stdout).toMatch(/^[A-Za-z0-9]{40}\n$/);
    const key = created.stdout.trim();
    expect(created.stderr).toContain('nobody can read again');
    expect(created.stderr).not.toContain(key);
    const show = async () => (await bob.mig(['loaders', 'show', 'web1'])).stdout;
    expect(await show()).toMatch(/: web1\n {2}status {3}disabled\n/);
    expect(await show()).toContain(
      `key      ${key.slice(0, 8)}…\n  expects  env->>'os'='linux'\n  used by  no machine yet`,
    );
    const ask = async () =>
      (await rig.asLoader(key, '/manifest/agent/', { agent: machine('web1'), object: '' })).status;
    expect(await ask()).toBe(401);
    expect((await bob.mig(['loaders', 'enable', 'web1'])).stdout).toMatch(
      /^loader \d+ \(web1\) is enabled\n$/,
    );
    expect(await ask()).toBe(404);
    expect(await show()).toMatch(/used by {2}web1, at 20/);
    const again = await bob.mig(['loaders', 'enable', 'web1']);
    expect(again).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('is enabled already'),
    });
    const renewed = await bob.mig(['loaders', 'key', 'web1']);
    expect(renewed.stdout).toMatch(/^[A-Za-z0-9]{40}\n$/);
    expect(renewed.stdout.slice(0, 8)).toBe(key.slice(0, 8));
    expect(await ask()).toBe(401);
    expect((await bob.mig(['loaders', 'disable', 'web1'])).status).toBe(0);
  });

  test('changes and removes what a loader expects, and names a wrong condition', async () => {
    await bob.mig(['loaders', 'create', 'web2']);
    const expects = (...args: string[]) => bob.mig(['loaders', 'expect', 'web2', ...args]);
    expect((await expects(`name='x'`)).stdout).toContain(`(web2) expects name='x'`);
    expect((await expects('-nothing')).stdout).toContain('(web2) expects nothing');
    const wrong = await expects('pg_sleep(5) IS NULL');
    expect(wrong).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('expectenv:') });
    for (const args of [[], [`name='x'`, '-nothing'], ['']])
      expect((await expects(...args)).status, args.join()).toBe(2);
  });

  test('keeps a key after a no, and refuses names that exist, look like ids, or are nobody', async () => {
    const line = ['loaders', 'key', 'web1', '-c', bob.migrc];
    const { status, shown } = await runOnTerminal(line, [['(web1)? [y/N] ', CTRL_C]]);
    expect({ status, shown }).toMatchObject({ status: 130 });
    for (const [args, expected, problem] of [
      [['create', 'web1'], 3, 'exists already'],
      [['create', '123'], 2, 'must not be a number'],
      [['create', 'a\u001b[2J'], 2, 'no control characters'],
      [['create'], 2, 'usage: mig loaders create'],
      [['show', 'wbe1'], 3, 'there is no loader "wbe1"; did you mean web1?; mig list loaders lists them'],
      [['show', '999999'], 3, "Loader ID '999999' not found"],
      [['enabel', 'web1'], 2, 'did you mean enable?'],
    ] as const) {
      const run = await bob.mig(['loaders', ...args]);
      expect(run, run.stderr).toMatchObject({
        status: expected,
        stdout: '',
        stderr: expect.stringContaining(problem),
      });
    }
    const lacking = await john.mig(['loaders', 'create', 'web9']);
    expect(lacking).toMatchObject({
      status: 3,
      stdout: '',
      stderr: expect.stringContaining('needs loader_new'),
    });
  });
});

describe('mig manifests', () => {
  const create = async (name: string, target = `loadername='web1'`) => {
    const run = await bob.mig(['manifests', 'create', name, '-t', target, '-from', release]);
    expect(run, run.stderr).toMatchObject({ status: 0 });
    return { ...run, id: String(/^manifest (\d+) created/.exec(run.stdout)?.[1]) };
  };

  test('uploads a folder, lists the loaders it reaches, and is active after two signatures', async () => {
    await bob.mig(['loaders', 'enable', 'web1']);
    const { id, stderr } = await create('first');
    expect(stderr).toContain('its target reaches 1 enabled loader now');
    expect(stderr).toContain(`${sha256('agent')}  5  mig-agent`);
    expect((await bob.mig(['manifests', 'loaders', 'first'])).stdout).toMatch(/^ *\d+ .* web1 {2}web1\n$/);
    const one = await bob.mig(['manifests', 'sign', 'first', '-from', release]);
    expect(one.stdout).toBe(`manifest ${id} (first) signed: it is staged\n`);
    expect(one.stderr).toContain('signed by nobody yet');
    const two = await john.mig(['manifests', 'sign', id]);
    expect(two.stdout, two.stderr).toBe(`manifest ${id} (first) signed: it is active\n`);
    expect(two.stderr).toContain('Valid signature by Bob Kelso');
    expect((await bob.mig(['manifests', 'sign', id])).stderr).toContain('you have signed it already');
    const { stdout } = await bob.mig(['manifests', 'show', 'first']);
    expect(stdout).toContain('  status  active\n');
    expect(stdout.match(/Valid signature by/g)).toHaveLength(2);
  });

  test('prints sums that sha256sum checks, and saves the archive for its owner alone', async () => {
    const { stdout } = await bob.mig(['manifests', 'shasum', 'first']);
    const { status } = spawnSync('sha256sum', ['-c'], { cwd: release, input: stdout });
    expect(status).toBe(0);
    const files = JSON.parse((await bob.mig(['manifests', 'files', 'first', '--json'])).stdout);
    expect(files).toContainEqual({ name: 'mig-agent', sha256: sha256('agent'), size: 5 });
    const file = join(folder, 'first.tar.gz');
    expect((await bob.mig(['manifests', 'fetch', 'first', file])).status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(spawnSync('tar', ['-xOzf', file, 'mig-agent']).stdout.toString()).toBe('agent');
    const again = await bob.mig(['manifests', 'fetch', 'first', file]);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('-overwrite replaces it') });
  });

  test('signatures are checked offline with own keys, and a changed file is found', async () => {
    const record = JSON.parse((await bob.mig(['manifests', 'show', 'first', '--json'])).stdout);
    const file = join(folder, 'record.json');
    const verify = (...args: string[]) => bob.mig(['manifests', 'verify', '-i', file, ...args]);
    writeFileSync(file, JSON.stringify(record));
    const good = await verify('-keys', keys);
    expect(good, good.stderr).toMatchObject({ status: 0 });
    expect(good.stdout.match(/Valid signature by/g)).toHaveLength(2);
    const online = await bob.mig(['manifests', 'verify', 'first', '-keys', keys]);
    expect(online.stdout).toBe(good.stdout);
    const stranger = await verify('-keys', join(keys, 'bob.asc'));
    expect(stranger).toMatchObject({ status: 3 });
    expect(stranger.stdout).toContain('has this fingerprint');
    const other = JSON.parse(
      (await bob.mig(['manifests', 'show', (await createChanged()).id, '--json'])).stdout,
    );
    writeFileSync(file, JSON.stringify({ ...record, content: other.content }));
    expect((await verify('-keys', keys)).status).toBe(3);
    writeFileSync(file, JSON.stringify({ ...record, signatures: null }));
    expect(await verify('-keys', keys)).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('by nobody'),
    });
    writeFileSync(file, '{"id":1}');
    expect(await verify('-keys', keys)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no record of a manifest'),
    });
    expect((await bob.mig(['manifests', 'verify'])).status).toBe(2);
  });

  async function createChanged() {
    writeFileSync(join(release, 'mig-agent'), 'another agent');
    const created = await create('changed');
    writeFileSync(join(release, 'mig-agent'), 'agent');
    return created;
  }

  test('is not signed when it is not what the signer has built, nor after a no', async () => {
    const refused = await bob.mig(['manifests', 'sign', 'changed', '-from', release]);
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toContain('mig-agent has another content');
    const line = ['manifests', 'sign', 'changed', '-c', bob.migrc];
    const { status, shown } = await runOnTerminal(line, [['sign this? [y/N] ', 'n\n']]);
    expect({ status, shown }).toMatchObject({ status: 130 });
    const { signatures } = JSON.parse((await bob.mig(['manifests', 'show', 'changed', '--json'])).stdout);
    expect(signatures).toEqual([]);
  });

  test('loses its signatures by a reset, and is disabled for good', async () => {
    expect((await bob.mig(['manifests', 'reset', 'first'])).stdout).toContain(
      'is staged, without signatures',
    );
    expect((await bob.mig(['manifests', 'show', 'first'])).stdout).toContain('signed by nobody yet');
    expect((await bob.mig(['manifests', 'disable', 'first'])).stdout).toContain('is disabled for good');
    for (const verb of ['sign', 'reset', 'disable'])
      expect(await bob.mig(['manifests', verb, 'first'])).toMatchObject({ status: 3, stdout: '' });
  });

  test('is refused early, by name, when something about it is wrong', async () => {
    const from = ['-from', release];
    const target = ['-t', `loadername='web1'`];
    for (const [args, expected, problem] of [
      [['create', 'x', ...target], 2, 'needs a condition over loaders and its files'],
      [['create', 'x', ...from], 2, 'needs a condition over loaders and its files'],
      [['create', 'first', ...target, ...from], 3, 'choose another name'],
      [['create', 'x', '-t', `environment->>'os'='linux'`, ...from], 3, 'target'],
      [['create', 'x', ...target, '-from', join(folder, 'nowhere')], 2, 'there is no such file'],
      [['create', 'x', ...target, '-form', release], 2, 'did you mean -from?'],
      [['sgin', 'first'], 2, 'did you mean sign?'],
      [['show', 'frist'], 3, 'did you mean first?'],
    ] as const) {
      const run = await bob.mig(['manifests', ...args]);
      expect(run, run.stderr).toMatchObject({
        status: expected,
        stdout: '',
        stderr: expect.stringContaining(problem),
      });
    }
    const odd = await bob.mig(['manifests', 'create', 'odd', '-t', 'false', '-from', readableArchive()]);
    expect(odd.stderr).toContain('no loader installs a file named agentcrt; did you mean agentcert?');
    expect(odd.stderr).toContain('its target reaches 0 enabled loaders now');
  });

  function readableArchive(): string {
    const file = join(folder, 'odd.tar.gz');
    writeFileSync(join(folder, 'agentcrt'), 'x');
    spawnSync('tar', ['-czf', file, '-C', folder, 'agentcrt']);
    expect(readFileSync(file).length).toBeGreaterThan(0);
    return file;
  }
});
