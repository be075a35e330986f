import { chmodSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { lockFile } from '../../platform/machine/lock-file.ts';
import { runAgent } from '../setup/agent-process.ts';
import {
  CONFIG,
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

describe('the loader', () => {
  test('installs everything on a machine that has nothing, and starts the agent', async () => {
    const endpoint = await openLoaderEndpoint(rig);
    const files = {
      'mig-agent': standInAgent('1', endpoint),
      configuration: CONFIG,
      agentcert: 'CERT',
      agentkey: 'KEY',
      cacert: 'CA',
    };
    await publish(rig, endpoint, { ...files, 'notes.txt': 'of the packager' });
    const { code, stdout, stderr } = await endpoint.run();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'mig-agent loader: notes.txt in the manifest has no place here, and is ignored\n',
    });
    expect(stdout).toMatch(/is signed by Bob Kelso <bob@mig\.invalid>, John Smith/);
    expect(stdout).toMatch(/installed .*mig-agent\nrestarted the agent\n$/);
    const installed = {
      'sbin/mig-agent': [files['mig-agent'], 0o700],
      'etc/mig/mig-agent.cfg': [files.configuration, 0o600],
      'etc/mig/agent.crt': ['CERT', 0o644],
      'etc/mig/agent.key': ['KEY', 0o600],
      'etc/mig/ca.crt': ['CA', 0o644],
    };
    for (const [name, [text, mode]] of Object.entries(installed)) {
      expect([endpoint.read(name), endpoint.mode(name)], name).toEqual([text, mode]);
    }
    expect(endpoint.asked()).toEqual(['1: -V', '1: -q shutdown', '1: install', '1: -q pid', '1: -q pid']);
    expect(endpoint.leftovers()).toEqual([]);
  });

  test('finds nothing to do afterwards, and leaves the agent alone', async () => {
    const { endpoint } = await openInstalled(rig);
    const { code, stdout } = await endpoint.run();
    expect([code, stdout.split('\n').slice(1)]).toEqual([
      0,
      ['everything is as the manifest says', 'the agent runs', ''],
    ]);
    expect(endpoint.asked()).toEqual(['1: -q pid']);
  });

  test('describes the machine as its agent does', async () => {
    const { endpoint } = await openInstalled(rig, { settings: ['tags = "team:web"'] });
    const { rows } = await rig.platform.pool.query(
      'SELECT name, env, tags, queueloc FROM loaders WHERE id = $1',
      [endpoint.loader.id],
    );
    expect(rows[0].queueloc).toBe(endpoint.read('var/lib/mig/.migagtid'));
    expect(JSON.parse(rows[0].tags)).toEqual({ team: 'web' });
    expect(JSON.parse(rows[0].env)).toMatchObject({
      os: 'linux',
      arch: 'amd64',
      ident: expect.stringMatching(/./),
    });
  });

  test('replaces only the file that differs', async () => {
    const { endpoint, files } = await openInstalled(rig);
    await publish(rig, endpoint, { ...files, agentkey: 'KEY 2' });
    const { code, stdout } = await endpoint.run();
    expect([code, stdout.match(/^(fetching|replaced|restarted) .*$/gm)]).toEqual([
      0,
      ['fetching agentkey', `replaced ${endpoint.path('etc/mig/agent.key')}`, 'restarted the agent'],
    ]);
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
  });

  test('does not restart the agent for a file of its own', async () => {
    const { endpoint, files } = await openInstalled(rig);
    const loaderconfig = `${endpoint.read('etc/mig/mig-loader.cfg')}; new\n`;
    await publish(rig, endpoint, { ...files, loaderconfig });
    expect(await endpoint.run('-q')).toMatchObject({ code: 0, stderr: '' });
    expect(endpoint.read('etc/mig/mig-loader.cfg')).toBe(loaderconfig);
    expect(endpoint.asked()).toEqual([]);
  });

  test('prints with -check what it would do, and does nothing', async () => {
    const endpoint = await openLoaderEndpoint(rig);
    await publish(rig, endpoint, { 'mig-agent': standInAgent('1', endpoint), configuration: CONFIG });
    const { code, stdout } = await endpoint.run('-check');
    expect([code, stdout.split('\n').slice(1)]).toEqual([
      10,
      [
        `would install ${endpoint.path('etc/mig/mig-agent.cfg')}`,
        `would install ${endpoint.path('sbin/mig-agent')}`,
        '',
      ],
    ]);
    for (const name of ['sbin', 'var', 'etc/mig/mig-agent.cfg']) expect(endpoint.read(name)).toBeUndefined();
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    expect(await endpoint.run('-check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing would be replaced\n$/),
    });
  });

  test('gives files their permissions back', async () => {
    const { endpoint } = await openInstalled(rig);
    chmodSync(endpoint.path('etc/mig/agent.key'), 0o644);
    const { stdout } = await endpoint.run();
    expect(stdout).toContain(`corrected the permissions of ${endpoint.path('etc/mig/agent.key')}`);
    expect(endpoint.mode('etc/mig/agent.key')).toBe(0o600);
  });

  test('starts an agent that does not run, with -c without asking the API', async () => {
    const { endpoint } = await openInstalled(rig);
    for (const [args, end] of [
      [['-c'], 'started the agent\n'],
      [[], 'started the agent\n'],
      [['-c'], 'the agent runs\n'],
    ] as const) {
      if (end.startsWith('started')) rmSync(endpoint.path('pid'));
      const { code, stdout } = await endpoint.run(...args);
      expect([code, stdout.endsWith(end)]).toEqual([0, true]);
    }
    writeFileSync(endpoint.keyFile, 'no key');
    expect(await endpoint.run('-c')).toMatchObject({ code: 0 });
  });

  test('with installservice = off only tells the agent to end', async () => {
    const endpoint = await openLoaderEndpoint(rig, { settings: ['installservice = off'] });
    await publish(rig, endpoint, { 'mig-agent': standInAgent('1', endpoint) });
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    expect(endpoint.asked()).toEqual(['1: -V', '1: -q shutdown']);
  });
});

describe('a new agent that does not start', () => {
  test('is undone, and not tried again until a person says so', async () => {
    const { endpoint, files } = await openInstalled(rig);
    const broken = {
      ...files,
      'mig-agent': standInAgent('2', { ...endpoint, starts: false }),
      agentkey: 'KEY 2',
    };
    await publish(rig, endpoint, broken);
    const { code, stderr } = await endpoint.run('-q');
    expect([code, stderr]).toEqual([
      6,
      'mig-agent: the agent did not start: the agent does not answer within 5 s; the old files are in their places again\n',
    ]);
    const isOld = () => {
      expect(endpoint.read('sbin/mig-agent')).toBe(files['mig-agent']);
      expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
      expect(endpoint.asked().at(-1)).toBe('1: -q pid');
      expect(endpoint.leftovers()).toEqual([]);
    };
    isOld();
    expect(await endpoint.run('-q')).toMatchObject({ code: 3, stderr: expect.stringMatching(/-retry/) });
    expect(await endpoint.run('-q', '-retry')).toMatchObject({ code: 6 });
    isOld();
    await publish(rig, endpoint, { ...files, agentkey: 'KEY 3' });
    expect(await endpoint.run('-q')).toMatchObject({ code: 0, stderr: '' });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 3');
  });

  test('is refused before anything is replaced when it cannot run on this machine', async () => {
    const { endpoint, files } = await openInstalled(rig);
    for (const bad of [
      '\u007fELF of another machine',
      '#!/bin/sh\nexit 3\n',
      '#!/bin/sh\nkill -9 $$\n',
      '',
    ]) {
      await publish(rig, endpoint, { ...files, 'mig-agent': bad, agentkey: 'KEY 2' });
      expect(await endpoint.run('-q'), bad).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/mig-agent: the new one does not work on this machine/),
      });
      expect(endpoint.read('sbin/mig-agent')).toBe(files['mig-agent']);
      expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 1');
      expect(endpoint.leftovers()).toEqual([]);
    }
    expect(endpoint.asked()).toEqual([]);
  });

  test('on a machine that had none leaves none', async () => {
    const endpoint = await openLoaderEndpoint(rig);
    await publish(rig, endpoint, {
      'mig-agent': standInAgent('1', { ...endpoint, starts: false }),
      configuration: CONFIG,
    });
    expect(await endpoint.run('-q')).toMatchObject({ code: 6 });
    expect([endpoint.read('sbin/mig-agent'), endpoint.read('etc/mig/mig-agent.cfg')]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('the loader itself', () => {
  /** Runs the loader that is installed on the endpoint, by its own name. */
  const openOwn = async () => {
    const endpoint = await openLoaderEndpoint(rig);
    const own = endpoint.path('sbin/mig-loader');
    mkdirSync(dirname(own), { recursive: true });
    linkSync(inject('agentExecutable'), own);
    return { endpoint, own, run: () => runAgent(own, ['-f', endpoint.config, '-q']) };
  };
  const newLoader = (status: number) => `#!/bin/sh
case "$1" in
  -V) echo 2 ;;
  loader) echo "$*" >> ${'$'}{0%/*}/tried; exit ${status} ;;
esac
`;

  test('is replaced last, by one that has shown that it can do the work', async () => {
    const { endpoint, run } = await openOwn();
    await publish(rig, endpoint, { 'mig-loader': newLoader(10), 'mig-agent': standInAgent('1', endpoint) });
    expect(await run()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(endpoint.read('sbin/mig-loader')).toBe(newLoader(10));
    expect(endpoint.read('sbin/mig-agent')).toMatch(/^#!/);
  });

  test('stays when the new one cannot do the work, and works on', async () => {
    const { endpoint, run } = await openOwn();
    const files = { 'mig-loader': newLoader(3), 'mig-agent': standInAgent('1', endpoint) };
    await publish(rig, endpoint, files);
    expect(await run()).toMatchObject({ code: 3, stderr: expect.stringMatching(/mig-loader: the new one/) });
    expect(endpoint.read('sbin/mig-agent')).toBeUndefined();
    await publish(rig, endpoint, { 'mig-agent': files['mig-agent'] });
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
  });

  test('is one at a time', async () => {
    const { endpoint } = await openInstalled(rig);
    const { release } = lockFile(
      endpoint.path('var/lib/mig/loader/mig-loader.lock'),
      () => new Error('held'),
    );
    expect(await endpoint.run()).toMatchObject({
      code: 5,
      stderr: `mig-agent: a loader works already, with pid ${process.pid}\n`,
    });
    release();
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
  });

  test('writes what it did to the log of its configuration, and no key', async () => {
    const log = (root: string) => `${root}/loader.log`;
    const endpoint = await openLoaderEndpoint(rig);
    writeFileSync(
      endpoint.config,
      `${endpoint.read('etc/mig/mig-loader.cfg')}[logging]\nmode = file\nfile = "${log(endpoint.root)}"\n`,
    );
    await publish(rig, endpoint, { 'mig-agent': standInAgent('1', endpoint) });
    await endpoint.run('-q');
    const text = endpoint.read('loader.log');
    expect(text).toMatch(/"did":"restarted the agent"/);
    expect(text).not.toContain(endpoint.loader.key.slice(8));
  });
});

describe('a loader that was killed while it', () => {
  for (const [when, question, key] of [
    ['tried the new agent', '-V', 'KEY 1'],
    ['told the agent to end', '-q shutdown', 'KEY 2'],
    ['started the agent', 'install', 'KEY 2'],
    ['waited for the agent', '-q pid', 'KEY 2'],
  ] as const) {
    test(`${when} leaves a machine that the next run brings to the right state`, async () => {
      const { endpoint, files } = await openInstalled(rig);
      const killing = { ...endpoint, kills: question };
      const next = { ...files, 'mig-agent': standInAgent('2', killing), agentkey: 'KEY 2' };
      await publish(rig, endpoint, next);
      expect((await endpoint.run('-q')).code).toBeNull();
      expect(endpoint.read('etc/mig/agent.key')).toBe(key);
      const { code, stderr } = await endpoint.run('-q');
      const interrupted = 'mig-agent loader: an installation was interrupted; it is finished now\n';
      expect([code, stderr]).toEqual([0, key === 'KEY 1' ? '' : interrupted]);
      expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
      expect(endpoint.read('sbin/mig-agent')).toBe(next['mig-agent']);
      expect(endpoint.asked().slice(-4)).toContain('2: -q pid');
      expect(endpoint.leftovers()).toEqual([]);
    });
  }

  test('started an agent that kills every loader goes back to the old one after three more', async () => {
    const { endpoint, files } = await openInstalled(rig);
    const killing = { ...endpoint, kills: 'install', times: 99 };
    await publish(rig, endpoint, { ...files, 'mig-agent': standInAgent('2', killing) });
    const codes: (number | null)[] = [];
    while (codes.length < 5) codes.push((await endpoint.run('-q')).code);
    expect(codes).toEqual([null, null, null, null, 6]);
    expect(endpoint.read('sbin/mig-agent')).toBe(files['mig-agent']);
    expect(endpoint.asked().at(-1)).toBe('1: -q pid');
    expect(await endpoint.run('-q')).toMatchObject({ code: 3 });
  });
});
