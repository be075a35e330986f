import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KeyEntry } from '../../../modules/sshkey/key-list.ts';
import { runModule } from '../../setup/module-process.ts';

const home = mkdtempSync(join(tmpdir(), 'mig-e2e-sshkey-'));
afterAll(() => rmSync(home, { recursive: true }));

const SSH = join(home, 'ada', '.ssh');
const KINDS = [
  ['rsa', '2048', ''],
  ['ecdsa', '384', 'secret-passphrase'],
  ['ed25519', '256', ''],
] as const;

/** Runs the program that knows, and returns what it prints. */
function keygen(...args: string[]): string {
  return execFileSync('ssh-keygen', args, { encoding: 'utf8' });
}

/** The fingerprints of a file, `256 SHA256:… comment (TYPE)` in each line. */
function judge(file: string, hash: 'sha256' | 'md5'): string[] {
  const lines = keygen('-l', '-E', hash, '-f', file).trim().split('\n');
  return lines.map((line) => (line.split(' ')[1] ?? '').replace(/^MD5:/, ''));
}

beforeAll(() => {
  mkdirSync(SSH, { recursive: true });
  for (const [type, bits, passphrase] of KINDS)
    keygen(
      '-q',
      '-t',
      type,
      '-b',
      bits,
      '-N',
      passphrase,
      '-C',
      `secret-${type}`,
      '-f',
      join(SSH, `id_${type}`),
    );
  const lines = KINDS.map(
    ([type]) => `command="secret" ${readFileSync(join(SSH, `id_${type}.pub`), 'utf8')}`,
  );
  writeFileSync(join(SSH, 'authorized_keys'), `# secret\n${lines.join('')}`);
  writeFileSync(join(SSH, 'config'), 'Host *\n');
});

async function sshkey(parameters: object) {
  const terms = { timeoutms: 20_000, maxbytes: 4_000_000 };
  const result = await runModule('sshkey', parameters, { agent: inject('agentExecutable'), terms });
  const { keys } = result.elements as { keys: KeyEntry[] | null };
  return { ...result, keys: keys ?? [] };
}

test('keys made by ssh-keygen have the fingerprints that it prints', async () => {
  const { success, keys, errors } = await sshkey({ paths: [home] });
  expect({ success, errors }).toEqual({ success: true, errors: null });
  const files = ['authorized_keys', ...KINDS.flatMap(([type]) => [`id_${type}`, `id_${type}.pub`])];
  for (const file of files.map((name) => join(SSH, name))) {
    const found = keys.filter(({ path }) => path === file);
    expect(found.map((key) => key.fingerprint_sha256)).toEqual(judge(file, 'sha256'));
    expect(found.map((key) => key.fingerprint_md5)).toEqual(judge(file, 'md5'));
  }
  expect(keys).toHaveLength(3 * KINDS.length);
});

test('a passphrase is noticed, and nothing of a key but its fingerprint leaves', async () => {
  const { keys } = await sshkey({ paths: [home] });
  const encrypted = keys.filter((key) => key.encrypted).map(({ path, type }) => ({ path, type }));
  expect(encrypted).toEqual([{ path: join(SSH, 'id_ecdsa'), type: 'private' }]);
  expect(JSON.stringify(keys)).not.toContain('secret');
});

test('without a path the homes of this machine are searched, as far as there is time', async () => {
  const { success, keys, elements } = await sshkey({});
  expect(success).toBe(true);
  expect(elements).toHaveProperty('keys');
  for (const key of keys) {
    expect(key.path).toMatch(/^\/(root|home)\//);
    expect(key).toEqual({
      fingerprint_md5: expect.stringMatching(/^(([0-9a-f]{2}:){15}[0-9a-f]{2})?$/),
      fingerprint_sha256: expect.stringMatching(/^(SHA256:[\w+/]{43})?$/),
      path: expect.any(String),
      encrypted: expect.any(Boolean),
      type: expect.stringMatching(/^(private|public|authorizedkeys)$/),
    });
  }
});
