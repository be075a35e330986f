import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { NO_TERMS, type RunTerms } from '../../../../modules/module.ts';
import type { KeyEntry } from '../../../../modules/sshkey/key-list.ts';
import { sshkeyRun } from '../../../../modules/sshkey/run.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/modules/sshkey/', import.meta.url));
const KEYS = join(FIXTURES, 'keys');
const root = mkdtempSync(join(tmpdir(), 'mig-sshkey-'));
afterAll(() => rmSync(root, { recursive: true }));

const PUBLIC_KEY = readFileSync(join(KEYS, 'ed25519.pub'), 'utf8');
const AS_MIG = { ...NO_TERMS, asMig: true };

async function run(paths: string[], terms: RunTerms = NO_TERMS) {
  const result = await sshkeyRun.run({ paths }, { loadHost: () => Promise.reject(), terms });
  const { keys } = (result.elements ?? { keys: null }) as { keys: KeyEntry[] | null };
  return { ...result, keys: keys ?? [] };
}

/** Creates a folder with these files and returns its path. */
function folder(name: string, files: Record<string, string | Buffer>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

describe('keys of all types', () => {
  /** What ssh-keygen printed for each file. */
  const printed = JSON.parse(readFileSync(join(FIXTURES, 'ssh-keygen.json'), 'utf8')) as Record<
    string,
    { sha256: string[]; md5: string[] }
  >;
  /** PKCS#8 is not read, and known_hosts has keys of other machines. */
  const LEFT_OUT = ['known_hosts', 'rsa-pkcs8'];

  test('have the fingerprints that ssh-keygen prints', async () => {
    const { keys, errors } = await run([KEYS]);
    const found = Object.fromEntries(
      Object.keys(printed).map((file) => {
        const ofFile = keys.filter(({ path }) => basename(path) === file);
        const known = ofFile.filter(({ fingerprint_md5 }) => fingerprint_md5 !== '');
        const sha256 = known.map(({ fingerprint_sha256 }) => fingerprint_sha256);
        return [file, { sha256, md5: known.map(({ fingerprint_md5 }) => fingerprint_md5) }];
      }),
    );
    const nothing = { sha256: [], md5: [] };
    const expected = { ...printed, ...Object.fromEntries(LEFT_OUT.map((file) => [file, nothing])) };
    expect(found).toEqual(expected);
    expect(errors).toBeNull();
  });

  test('are private and perhaps encrypted, public, or authorized', async () => {
    const { keys } = await run([KEYS]);
    for (const { path, type, encrypted } of keys) {
      const name = basename(path);
      const isPublic = name.endsWith('.pub') || name === 'options-only';
      expect(type).toBe(name === 'authorized_keys' ? 'authorizedkeys' : isPublic ? 'public' : 'private');
      expect(encrypted).toBe(name.endsWith('-encrypted'));
    }
  });

  test('leave no private byte, comment, id or option in the result', async () => {
    const result = JSON.stringify(await run([KEYS]));
    expect(result).not.toContain('secret');
    for (const file of readdirSync(KEYS)) {
      const lines = readFileSync(join(KEYS, file), 'utf8').split(/[\n ]/);
      const long = lines.filter((line) => line.length >= 24 && !line.startsWith('-----'));
      for (const line of long) {
        expect(result).not.toContain(line.slice(0, 24));
        expect(result).not.toContain(Buffer.from(line.slice(0, 24), 'base64').toString('hex'));
      }
    }
  });
});

describe('a file', () => {
  test('of public keys gives each, and to a program of MIG the first', async () => {
    const rsa = readFileSync(join(KEYS, 'rsa.pub'), 'utf8');
    const path = folder('two', { 'two.pub': rsa + rsa });
    expect((await run([path])).keys).toHaveLength(2);
    expect((await run([path], AS_MIG)).keys).toHaveLength(1);
  });

  test('of authorized keys with a line that is none is an error, once', async () => {
    const lines = `# comment\n\n${PUBLIC_KEY}not a key\nssh-rsa AAAA\n`;
    const path = folder('broken', { authorized_keys: lines });
    const { keys, errors, success } = await run([path]);
    expect(keys).toHaveLength(1);
    expect({ errors, success }).toEqual({
      errors: [`${path}/authorized_keys contained unparsable data`],
      success: true,
    });
  });

  test('of authorized keys over 1 MB is read', async () => {
    const path = folder('large', { authorized_keys: PUBLIC_KEY.repeat(12_000) });
    expect((await run([path])).keys).toHaveLength(12_000);
  });

  test('of authorized keys over 16 MB is an error, and a limit', async () => {
    const path = folder('huge', { authorized_keys2: Buffer.alloc(16 * 1024 * 1024 + 1, '\n') });
    const { errors, limits } = await run([path]);
    const sentence = `${path}/authorized_keys2 was not read: it has 16777217 bytes, over 16777216`;
    expect({ errors, limits }).toEqual({ errors: [sentence], limits: [sentence] });
  });
});

describe('a result', () => {
  test('that is full reports how many keys are missing', async () => {
    const path = folder('many', { authorized_keys: PUBLIC_KEY.repeat(100) });
    const { keys, limits, errors } = await run([path], { ...NO_TERMS, maxBytes: 10_000 });
    expect(keys.length).toBeGreaterThan(10);
    const sentence = `${100 - keys.length} of 100 keys were not returned: the result would be too large`;
    expect(limits).toEqual([sentence]);
    expect(errors).toEqual([sentence]);
  });

  test('whose time was over says where it stopped', async () => {
    const { limits, errors } = await run([KEYS], { ...NO_TERMS, endsAtMs: performance.now() });
    expect(errors).toEqual(limits);
    expect(limits?.join()).toMatch(/time was over/);
  });
});

test('a missing path is an error, and for a program of MIG an empty result', async () => {
  expect((await run([join(root, 'none')])).errors?.[0]).toContain('no such file or directory');
  expect(await run([join(root, 'none')], AS_MIG)).toMatchObject({ success: true, errors: null, keys: [] });
});

test('a depth out of range is refused in the words of MIG', async () => {
  const result = await sshkeyRun.run({ maxdepth: 1001 }, { loadHost: () => Promise.reject() });
  expect(result).toMatchObject({
    success: false,
    elements: null,
    errors: ['maxdepth should be specified from 0-1000'],
  });
});

test('a pipe that has the name of a key is not waited for', async () => {
  const path = folder('pipe', { 'id_rsa.pub': PUBLIC_KEY });
  execFileSync('mkfifo', [join(path, 'authorized_keys')]);
  expect((await run([path])).keys).toHaveLength(1);
});
