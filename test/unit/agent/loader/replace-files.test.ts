import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundleOf, entryOf } from '../../../../agent/loader/bundle.ts';
import { correctMode, hashInstalled } from '../../../../agent/loader/installed-file.ts';
import { openState } from '../../../../agent/loader/loader-state.ts';
import { planChanges } from '../../../../agent/loader/plan-changes.ts';
import { replaceFiles, restoreFiles } from '../../../../agent/loader/replace-files.ts';
import { keepOld, openStaging, removeStaging, stageFile } from '../../../../agent/loader/staging.ts';
import { sha256Hex } from '../../../../contract/digest.ts';
import { LOADER_FILES } from '../../../../contract/manifest.ts';

let root: string;
let bundle: ReturnType<typeof bundleOf>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-loader-files-'));
  bundle = bundleOf('linux', root);
  for (const folder of ['sbin', 'etc/mig']) mkdirSync(join(root, folder), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const place = (name: string) => entryOf(bundle, name);
const write = (name: string, text: string) => writeFileSync(place(name).path, text);
const read = (name: string) => readFileSync(place(name).path, 'utf8');
const stage = (name: string, text: string) => stageFile(place(name), async (put) => put(Buffer.from(text)));

/** Stages new texts, and keeps the old ones, as the loader does before it replaces the first. */
async function begin(texts: Record<string, string>) {
  openStaging(bundle);
  for (const [name, text] of Object.entries(texts)) await stage(name, text);
  const replacements = Object.entries(texts).map(([name, text]) => ({
    name,
    path: place(name).path,
    mode: place(name).mode,
    before: lstatSync(place(name).path, { throwIfNoEntry: false }) !== undefined,
    after: sha256Hex(text),
  }));
  for (const name of Object.keys(texts)) keepOld(place(name));
  return replacements;
}

describe('what a manifest brings', () => {
  test('has the places and permissions of MIG on every system', () => {
    const table = (platform: string) =>
      Object.fromEntries(
        bundleOf(platform, '/').map(({ name, path, mode }) => [name, `${path} ${mode.toString(8)}`]),
      );
    expect(table('linux')).toEqual({
      'mig-agent': '/sbin/mig-agent 700',
      'mig-loader': '/sbin/mig-loader 700',
      configuration: '/etc/mig/mig-agent.cfg 600',
      agentcert: '/etc/mig/agent.crt 644',
      agentkey: '/etc/mig/agent.key 600',
      cacert: '/etc/mig/ca.crt 644',
      loaderconfig: '/etc/mig/mig-loader.cfg 600',
    });
    expect(table('darwin')).toMatchObject({ 'mig-agent': '/usr/local/bin/mig-agent 700' });
    expect(Object.keys(table('win32')).sort()).toEqual([...LOADER_FILES].sort());
  });

  test('is compared file by file; the executable that runs comes last, and unknown names nowhere', () => {
    write('mig-agent', 'old');
    write('cacert', 'same');
    const entries = ['mig-agent', 'mig-loader', 'cacert', '../../etc/passwd', 'agentkey'].map((name) => ({
      name,
      sha256: sha256Hex(name === 'cacert' ? 'same' : 'new'),
    }));
    const { changes, unchanged, unknown } = planChanges(entries, { bundle, own: place('mig-agent').path });
    expect(changes.map(({ entry, before, isOwn }) => [entry.name, before, isOwn])).toEqual([
      ['agentkey', undefined, false],
      ['mig-loader', undefined, false],
      ['mig-agent', sha256Hex('old'), true],
    ]);
    expect(unchanged.map(({ name }) => name)).toEqual(['cacert']);
    expect(unknown).toEqual(['../../etc/passwd']);
  });
});

describe('an installed file', () => {
  test('that is a link counts as missing, and its target is neither read nor changed', async () => {
    const secret = join(root, 'secret');
    writeFileSync(secret, 'shadow');
    chmodSync(secret, 0o604);
    symlinkSync(secret, place('agentkey').path);
    expect(hashInstalled(place('agentkey').path)).toBeUndefined();
    expect(correctMode(place('agentkey').path, 0o600)).toBe(false);
    replaceFiles(await begin({ agentkey: 'KEY' }));
    expect(lstatSync(place('agentkey').path).isFile()).toBe(true);
    expect(readFileSync(secret, 'utf8')).toBe('shadow');
    expect(statSync(secret).mode & 0o777).toBe(0o604);
  });

  test('that is a link to a version beside it is that version', () => {
    writeFileSync(join(root, 'sbin', 'mig-agent-2026'), 'agent');
    symlinkSync('mig-agent-2026', place('mig-agent').path);
    expect(hashInstalled(place('mig-agent').path)).toBe(sha256Hex('agent'));
    rmSync(place('mig-agent').path);
    for (const target of ['../sbin/mig-agent-2026', join(root, 'sbin', 'mig-agent-2026'), 'mig-agent-none']) {
      symlinkSync(target, place('mig-agent').path);
      expect(hashInstalled(place('mig-agent').path), target).toBeUndefined();
      rmSync(place('mig-agent').path);
    }
  });

  test('that is a folder is refused', () => {
    mkdirSync(place('agentkey').path);
    expect(() => hashInstalled(place('agentkey').path)).toThrow(/neither a file nor a link/);
  });

  test('gets its permissions back', () => {
    write('agentkey', 'KEY');
    chmodSync(place('agentkey').path, 0o666);
    expect(correctMode(place('agentkey').path, 0o600)).toBe(true);
    expect(correctMode(place('agentkey').path, 0o600)).toBe(false);
    expect(statSync(place('agentkey').path).mode & 0o7777).toBe(0o600);
  });
});

describe('staging', () => {
  test('makes files of exactly their mode, whatever the umask is', async () => {
    openStaging(bundle);
    const before = process.umask(0o077);
    try {
      expect(statSync(await stage('cacert', 'CA')).mode & 0o7777).toBe(0o644);
    } finally {
      process.umask(before);
    }
  });

  test('refuses a folder that others can write, a link, and a file in its place', () => {
    const folder = join(root, 'sbin', '.mig-loader');
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(() => openStaging(bundle)).toThrow(/not a folder of the loader's own/);
    rmSync(folder, { recursive: true });
    mkdirSync(join(root, 'elsewhere'));
    writeFileSync(join(root, 'elsewhere', 'precious'), '');
    symlinkSync(join(root, 'elsewhere'), folder);
    expect(() => openStaging(bundle)).toThrow(/not a folder of the loader's own/);
    removeStaging(bundle);
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['precious']);
    rmSync(folder);
    writeFileSync(folder, '');
    expect(() => openStaging(bundle)).toThrow(/not a folder of the loader's own/);
  });

  test('empties what an interrupted run left, and follows no link in it', async () => {
    const folder = join(root, 'sbin', '.mig-loader');
    openStaging(bundle);
    mkdirSync(join(root, 'elsewhere'));
    writeFileSync(join(root, 'elsewhere', 'precious'), '');
    symlinkSync(join(root, 'elsewhere'), join(folder, 'new-mig-agent'));
    openStaging(bundle);
    await stage('mig-agent', 'new');
    expect(readdirSync(join(root, 'elsewhere'))).toEqual(['precious']);
    expect(readdirSync(folder)).toEqual(['new-mig-agent']);
  });

  test('never writes to a file that somebody made there', async () => {
    openStaging(bundle);
    const victim = join(root, 'victim');
    writeFileSync(victim, 'as before');
    linkSync(victim, join(root, 'sbin', '.mig-loader', 'new-mig-agent'));
    await expect(stage('mig-agent', 'new')).rejects.toThrow(/EEXIST/);
    expect(readFileSync(victim, 'utf8')).toBe('as before');
  });
});

describe('replaced files', () => {
  test('are all new, or after a restoration all old', async () => {
    write('mig-agent', 'old agent');
    symlinkSync('elsewhere', place('cacert').path);
    const replacements = await begin({ 'mig-agent': 'new agent', configuration: 'new', cacert: 'CA' });
    replaceFiles(replacements);
    replaceFiles(replacements);
    expect(['mig-agent', 'configuration', 'cacert'].map(read)).toEqual(['new agent', 'new', 'CA']);
    restoreFiles(replacements);
    restoreFiles(replacements);
    expect(read('mig-agent')).toBe('old agent');
    expect(existsSync(place('configuration').path)).toBe(false);
    expect(readlinkSync(place('cacert').path)).toBe('elsewhere');
    removeStaging(bundle);
    expect(readdirSync(join(root, 'sbin'))).toEqual(['mig-agent']);
  });

  test('are not taken from a staged file that was changed or removed meanwhile', async () => {
    const replacements = await begin({ 'mig-agent': 'new agent', configuration: 'new' });
    writeFileSync(join(root, 'etc/mig/.mig-loader/new-mig-agent.cfg'), 'evil');
    expect(() => replaceFiles(replacements)).toThrow(/is missing or was changed/);
    restoreFiles(replacements);
    expect(existsSync(place('mig-agent').path)).toBe(false);
  });
});

describe('the state of the loader', () => {
  test('is there after it was saved, for root alone', () => {
    const { save } = openState(root);
    const installed = { digest: 'a'.repeat(64), signedMs: 1 };
    save({ installed });
    expect(openState(root)).toMatchObject({ state: { installed }, damaged: undefined });
    expect(statSync(join(root, 'state.json')).mode & 0o777).toBe(0o600);
  });

  test('begins anew when it is damaged, and the damaged file is kept', () => {
    for (const text of ['', '{', '{"installed":{"digest":"x","signedMs":1}}', '[]']) {
      writeFileSync(join(root, 'state.json'), text);
      const opened = openState(root);
      expect(opened).toMatchObject({ state: {}, damaged: join(root, 'state.json.damaged') });
      opened.save({});
      opened.save({});
      expect(readFileSync(join(root, 'state.json.damaged'), 'utf8')).toBe(text);
      expect(openState(root).damaged).toBeUndefined();
    }
  });
});
