import { chmodSync, chownSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { manifestText } from '../../contract/rules/manifest.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { runAgent } from '../setup/agent-process.ts';
import {
  entriesOf,
  installBefore,
  nextSecond,
  openInstalled,
  openLoaderEndpoint,
  publish,
  standInAgent,
} from '../setup/loader-endpoint.ts';
import { type LoaderRig, openLoaderRig } from '../setup/loaders.ts';

let rig: LoaderRig;

beforeAll(async () => {
  rig = await openLoaderRig();
});
afterAll(() => rig?.platform[Symbol.asyncDispose]());

describe('the loader refuses', () => {
  test('a manifest that is older than the installed one, until it is signed again', async () => {
    const { endpoint, files } = await openInstalled(rig);
    await nextSecond();
    const newer = await publish(rig, endpoint, { ...files, agentkey: 'KEY 2' });
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    await rig.setStatus(newer, 'disabled');
    expect(await endpoint.run('-q')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/is of .*Z, and that of .*Z is installed; to go back on purpose/),
    });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
    await publish(rig, endpoint, files);
    expect(await endpoint.run('-q')).toMatchObject({ code: 0, stderr: '' });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
  });

  test('signers whose keys are not in its own folder, although the API knows them', async () => {
    const endpoint = await openLoaderEndpoint(rig, {
      signers: ['bob'],
      settings: ['requiredsignatures = 1'],
    });
    const files = { cacert: 'CA' };
    const id = await rig.addManifest(
      `loadername='${endpoint.loader.name}'`,
      new Map([['cacert', Buffer.from('CA')]]),
    );
    const text = manifestText(entriesOf(files));
    await rig.platform.pool.query("UPDATE manifests SET status = 'active' WHERE id = $1", [id]);
    expect(await endpoint.run('-q')).toMatchObject({ code: 4 });
    await rig.sign(id, rig.john, await signText(text, rig.john.key));
    await rig.sign(id, rig.api, await signText(text, rig.api.key));
    expect(await endpoint.run('-q')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/a signature does not count: .*unknown entity/),
    });
    rmSync(endpoint.path('etc/mig/loaderkeys/bob'));
    writeFileSync(endpoint.path('etc/mig/loaderkeys/scheduler'), rig.platform.people.scheduler.publicKey);
    await nextSecond();
    await publish(rig, endpoint, { cacert: 'CA 2' });
    expect(await endpoint.run('-q')).toMatchObject({ code: 3 });
    expect(endpoint.read('etc/mig/ca.crt')).toBe('CA');
  });

  test('to work with a wrong key, as a disabled loader, without a manifest, or without the API', async () => {
    const endpoint = await openLoaderEndpoint(rig);
    expect(await endpoint.run()).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/Unable to locate valid manifest.*the target of an active manifest/),
    });
    await publish(rig, endpoint, { cacert: 'CA' });
    const { id, key } = endpoint.loader;
    await rig.api.form('/loader/status/', { loaderid: String(id), status: 'disabled' });
    const refused = { code: 4, stderr: expect.stringMatching(/the API refuses this loader.*enable it/) };
    expect(await endpoint.run()).toMatchObject(refused);
    await rig.api.form('/loader/status/', { loaderid: String(id), status: 'enabled' });
    writeFileSync(endpoint.keyFile, key.slice(0, 39) + (key.endsWith('a') ? 'b' : 'a'));
    const wrong = await endpoint.run();
    expect(wrong).toMatchObject(refused);
    expect(wrong.stderr).not.toContain(key.slice(8, 39));
    const away = await openLoaderEndpoint(rig, { api: 'http://127.0.0.1:1' });
    expect(await away.run()).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/127\.0\.0\.1:1: the API cannot be reached/),
    });
  });

  test('to run where others can write, and names the remedy', async () => {
    const { endpoint, files } = await openInstalled(rig);
    await publish(rig, endpoint, { ...files, agentkey: 'KEY 2' });
    const refusal = async () => {
      const { code, stderr } = await endpoint.run('-q');
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^mig-agent: the loader runs as root and does not/),
      ]);
      expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
    };
    for (const name of ['sbin', 'etc/mig', 'etc/mig/loaderkeys', 'var/lib/mig/loader']) {
      chmodSync(endpoint.path(name), 0o777);
      await refusal();
      chmodSync(endpoint.path(name), 0o755);
      chownSync(endpoint.path(name), 1000, 1000);
      await refusal();
      chownSync(endpoint.path(name), 0, 0);
    }
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
  });

  test('to replace what is a folder, and a full set for one bad place', async () => {
    const { endpoint, files } = await openInstalled(rig);
    installBefore(endpoint, 'etc/mig/ca.crt/x', '');
    await publish(rig, endpoint, { ...files, agentkey: 'KEY 2', cacert: 'CA' });
    expect(await endpoint.run('-q')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ca\.crt is neither a file nor a link: move it away/),
    });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
  });

  test('a read-only file system, without having replaced anything', async () => {
    const { endpoint, files } = await openInstalled(rig);
    await publish(rig, endpoint, { ...files, agentkey: 'KEY 2', 'mig-agent': standInAgent('2', endpoint) });
    const script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
    const args = ['-m', 'sh', '-c', script, 'sh', endpoint.path('sbin')];
    const command = [inject('agentExecutable'), 'loader', '-q', '-f', endpoint.config];
    expect(await runAgent('unshare', [...args, ...command])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/EROFS|read-only/),
    });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
    expect(endpoint.read('sbin/mig-agent')).toBe(files['mig-agent']);
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
  });

  test('to follow links that somebody put where it installs', async () => {
    const { endpoint, files } = await openInstalled(rig);
    writeFileSync(endpoint.path('victim'), 'as before');
    renameSync(endpoint.path('etc/mig/agent.key'), endpoint.path('elsewhere'));
    symlinkSync(endpoint.path('victim'), endpoint.path('etc/mig/agent.key'));
    symlinkSync('/', endpoint.path('etc/mig/.mig-loader'));
    expect(await endpoint.run('-q')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\.mig-loader is not a folder of the loader's own: remove it/),
    });
    rmSync(endpoint.path('etc/mig/.mig-loader'));
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    expect([endpoint.read('victim'), endpoint.read('etc/mig/agent.key')]).toEqual([
      'as before',
      files.agentkey,
    ]);
  });
});
