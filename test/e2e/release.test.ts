import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../contract/version.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { createResources } from '../../platform/async/resources.ts';
import { generateSigningKey } from '../../platform/openpgp/generate.ts';
import { defined } from '../setup/defined.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { openGnupgHome } from '../setup/gnupg.ts';
import { cliOf, openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import { readRpm } from '../setup/read-rpm.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-release-test-'));
const release = join(folder, 'release');
const installed = join(folder, 'installed');
const resources = createResources();
let platform: Platform;
let migrc: string;
let publicKey: string;

/** Runs a program with nothing of this machine but the PATH, in an empty folder. */
async function run(program: string, args: readonly string[], cwd = folder) {
  const env = { PATH: process.env.PATH, HOME: folder };
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { stdout, stderr, status };
}

const released = (pattern: RegExp) => defined(readdirSync(release).find((name) => pattern.test(name)));
const executable = () => join(release, `mig-${VERSION}-linux-amd64`);
const packageFolder = join(installed, 'node_modules', 'mig');

beforeAll(async () => {
  const key = await generateSigningKey('Release', 'release@example.net');
  publicKey = key.publicKey;
  writeFileSync(join(folder, 'key.asc'), key.privateKey, { mode: 0o600 });
  const script = ['--import', 'tsx', join(ROOT, 'dev', 'release', 'main.ts')];
  const args = ['--system', 'linux-amd64', '--out', release, '--key', join(folder, 'key.asc')];
  const made = await run(process.execPath, [...script, ...args], ROOT);
  expect(made.status, made.stderr).toBe(0);
  mkdirSync(installed);
  const options = ['--offline', '--no-audit', '--no-fund', '--prefix', installed];
  const npm = await run('npm', ['install', ...options, join(release, `mig-${VERSION}.tgz`)], installed);
  expect(npm.status, npm.stderr).toBe(0);
  platform = resources.use(await openPlatform());
  resources.use(await openAgents(platform, { count: 2, prefix: 'sim' }));
  migrc = cliOf(platform).migrc;
});
afterAll(async () => {
  await resources[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('SHA256SUMS', () => {
  test('has the sum of every file, and GnuPG accepts its signature', async () => {
    const sums = readFileSync(join(release, 'SHA256SUMS'), 'utf8').trim().split('\n');
    const names = sums.map((line) => line.slice(66));
    expect([...names, 'SHA256SUMS', 'SHA256SUMS.asc'].sort()).toEqual(readdirSync(release).sort());
    const checked = await run('sha256sum', ['-c', 'SHA256SUMS'], release);
    expect(checked.status, checked.stdout).toBe(0);
    using gnupg = openGnupgHome();
    writeFileSync(join(folder, 'public.asc'), publicKey);
    gnupg.gpg('--import', join(folder, 'public.asc'));
    const files = ['SHA256SUMS.asc', 'SHA256SUMS'].map((name) => join(release, name));
    gnupg.gpg('--verify', ...files);
    const changed = join(folder, 'changed');
    writeFileSync(changed, readFileSync(join(release, 'SHA256SUMS'), 'utf8').replace('0', '1'));
    expect(() => gnupg.gpg('--verify', defined(files[0]), changed)).toThrow('BAD signature');
  });

  test('a key that others can read signs nothing', async () => {
    writeFileSync(join(folder, 'open.asc'), 'a key', { mode: 0o644 });
    const script = ['--import', 'tsx', join(ROOT, 'dev', 'release', 'main.ts')];
    const args = ['--out', join(folder, 'never'), '--key', join(folder, 'open.asc')];
    const made = await run(process.execPath, [...script, ...args], ROOT);
    expect(made).toMatchObject({ status: 2, stderr: expect.stringContaining('others can read') });
  });

  test('a folder with something else than a release is not replaced', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'thesis.txt'), 'years of work');
    const script = ['--import', 'tsx', join(ROOT, 'dev', 'release', 'main.ts')];
    const made = await run(process.execPath, [...script, '--out', home], ROOT);
    expect(made).toMatchObject({ status: 2, stderr: expect.stringContaining('something else') });
    expect(readdirSync(home)).toEqual(['thesis.txt']);
  });
});

describe('the npm package', () => {
  test('installs without a registry, runs no script, and has no sources', () => {
    expect(readdirSync(join(installed, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'mig',
    ]);
    const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('scripts');
    expect(Object.values(manifest.dependencies)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    const sources = readdirSync(packageFolder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.startsWith('node_modules'),
    );
    expect(sources).toEqual([]);
    expect(readFileSync(join(packageFolder, 'LICENCES'), 'utf8')).toContain(
      'GNU LESSER GENERAL PUBLIC LICENSE',
    );
  });

  test('reads for --version no more than a fiftieth of itself', async () => {
    const mig = join(packageFolder, 'dist', 'mig.js');
    const traced = await run('node', ['--import', tracer(), mig, '--version']);
    expect(traced.stdout).toBe(`${VERSION}\n`);
    const read = traced.stderr.split('\n').filter((line) => line.startsWith('file:'));
    expect(read.length).toBeGreaterThan(1);
    const bytes = read.reduce((total, url) => total + statSync(new URL(url)).size, 0);
    expect(bytes).toBeLessThan(sizeOf(join(packageFolder, 'dist')) / 50);
  });

  test('gives its users a client with types', async () => {
    writeFileSync(join(installed, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(installed, 'use.ts'), CLIENT_USE);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const types = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
    const checked = await run('node', [tsc, ...options, ...types, 'use.ts'], installed);
    expect(checked.status, checked.stdout).toBe(0);
    const loaded = `import('mig/client').then((client) => console.log(Object.keys(client).join(' ')))`;
    expect((await run('node', ['--eval', loaded], installed)).stdout).toContain('createClient');
  });
});

describe.each([
  ['the npm package', () => [process.execPath, join(packageFolder, 'dist', 'mig.js')]],
  ['the executable', () => [executable()]],
])('mig of %s', (_, start) => {
  const mig = (...args: string[]) => {
    const [program = '', ...first] = start();
    return run(program, [...first, ...args]);
  };

  test('prints its version and its help', async () => {
    expect(await mig('--version')).toEqual({ stdout: `${VERSION}\n`, stderr: '', status: 0 });
    expect((await mig('file', 'help')).stdout).toContain('file: search the file system');
    expect((await mig('completion', 'bash')).stdout).toContain('complete -o filenames -F _mig mig');
  });

  test('asks agents, and follows an action to its end', async () => {
    const agents = await mig('agents', 'search', '-p', 'name=sim-*', '--json', '-c', migrc);
    expect(JSON.parse(agents.stdout)).toHaveLength(2);
    const args = ['-c', migrc, '-t', "name LIKE 'sim-%'", '-e', '60s', '-y', '--json'];
    const asked = await mig('file', ...args, '-path', '/etc', '-name', '^passwd$');
    expect(JSON.parse(asked.stdout).outcome).toMatchObject({ succeeded: 2, unanswered: 0 });
  });

  test('runs modules on its own machine, the engine of yara included', async () => {
    writeFileSync(join(folder, 'searched'), 'a needle');
    writeFileSync(join(folder, 'rules.yar'), 'rule found { strings: $a = "needle" condition: $a }');
    const files = `-path ${folder} -name ^searched$ -maxdepth 1`;
    const scanned = await mig('yara', '-t', 'local', '-rules', join(folder, 'rules.yar'), '-files', files);
    expect(scanned.stdout, scanned.stderr).toContain('searched [found]');
  });

  test('says where the first administrator is made', async () => {
    const { status, stderr } = await mig('bootstrap', '-name', 'Ann Brown', '-key', 'ann.asc');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('mig bootstrap runs only where the platform is installed'),
    });
  });
});

describe('packages of a system', () => {
  test('have the executable, completions that shells accept, and the licences', async () => {
    const root = join(folder, 'deb');
    const deb = join(release, `mig_${VERSION}_amd64.deb`);
    expect((await run('dpkg-deb', ['-x', deb, root])).status).toBe(0);
    expect(readFileSync(join(root, 'usr/bin/mig')).equals(readFileSync(executable()))).toBe(true);
    const bash = join(root, 'usr/share/bash-completion/completions/mig');
    expect(await run('bash', ['-c', `source ${bash} && complete -p mig`])).toMatchObject({
      stdout: 'complete -o filenames -F _mig mig\n',
      stderr: '',
    });
    const zsh = readFileSync(join(root, 'usr/share/zsh/vendor-completions/_mig_program'), 'utf8');
    expect(zsh).toMatch(/^#compdef mig\n/);
    expect(readFileSync(join(root, 'usr/share/doc/mig/copyright'), 'utf8')).toContain('JavaScriptCore');
  });

  test('the .rpm has the files of the .deb, each where its systems look for it', async () => {
    const { files } = readRpm(readFileSync(join(release, `mig-${VERSION}-1.x86_64.rpm`)));
    const deb = await run('dpkg-deb', ['-c', join(release, `mig_${VERSION}_amd64.deb`)]);
    const inDeb = deb.stdout.split('\n').flatMap((line) => /(\.\/\S*[^/\s])$/.exec(line)?.[1] ?? []);
    const inRpm = files.filter(({ mode }) => (mode & 0o170000) === 0o100000).map(({ path }) => path);
    expect(inRpm).toEqual(inDeb.map((path) => path.replace('vendor-completions', 'site-functions')));
  });

  test('the .rpm of the agent installs and removes its service as the .deb does', () => {
    const { header } = readRpm(readFileSync(join(release, released(/^mig-agent-.*\.rpm$/))));
    expect(header.get(1024)).toContain('/usr/sbin/mig-agent install');
    expect(header.get(1025)).toMatch(/\[ "\$1" = 0 \] \|\| exit 0\n.*mig-agent uninstall/);
  });
});

test('nothing that is published names a folder of the machine that made it', () => {
  for (const name of readdirSync(release)) {
    const data = readFileSync(join(release, name));
    const content = name.endsWith('gz') ? gunzipSync(data) : data;
    for (const path of [ROOT, folder]) expect(content.includes(path), `${name}: ${path}`).toBe(false);
  }
});

const CLIENT_USE = `import { type Client, createClient, errorCode, ROUTES } from 'mig/client';
export const isComplete: boolean = 'getAction' in ROUTES && typeof errorCode === 'function';
export const ask = async (client: Client) => (await client.call(ROUTES.getAction, { actionid: 1 })).action.name;
// @ts-expect-error: a client needs to know where the API is
createClient({});
`;

/** A source that prints each file that Node loads. */
function tracer(): string {
  const hooks = `export async function load(url, context, next) { console.error(url); return next(url, context); }`;
  const file = join(folder, 'tracer.mjs');
  const asUrl = `data:text/javascript,${encodeURIComponent(hooks)}`;
  writeFileSync(file, `import { register } from 'node:module';\nregister(${JSON.stringify(asUrl)});\n`);
  return file;
}

function sizeOf(path: string): number {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.reduce((total, name) => total + statSync(join(path, name)).size, 0);
}
