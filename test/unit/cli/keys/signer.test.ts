import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey, type PrivateKey } from 'openpgp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSigner } from '../../../../cli/keys/signer.ts';

let folder: string;
let keys: PrivateKey[];
const fingerprintOf = (key: PrivateKey | undefined) => key?.getFingerprint().toUpperCase() ?? '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mig-signer-'));
  const options = { type: 'curve25519', userIDs: { name: 'x' }, format: 'object' } as const;
  keys = (await Promise.all([1, 2].map(() => generateKey(options)))).map(({ privateKey }) => privateKey);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Creates a GnuPG home. With `private-keys-v1.d` it looks like one that GnuPG 2.1 has migrated. */
function homeOf(name: string, { isTakenOver = false } = {}): string {
  const home = join(folder, name);
  mkdirSync(join(home, isTakenOver ? 'private-keys-v1.d' : ''), { recursive: true, mode: 0o700 });
  writeFileSync(join(home, 'secring.gpg'), Buffer.concat(keys.map((key) => key.write())));
  return home;
}
const load = (gpgHome: string | undefined, keyId: string, keyFile?: string) =>
  loadSigner({ gpgHome, keyId, keyFile, passphrase: undefined });

test.each([
  ['of a home that GnuPG 2.1 never saw', { isTakenOver: false }],
  ['of one in which GnuPG has no such key, or where there is no GnuPG', { isTakenOver: true }],
])('every key of the secring.gpg %s is found', async (name, options) => {
  const home = homeOf(name.length.toString(), options);
  for (const key of keys) {
    const signer = await load(home, fingerprintOf(key));
    expect(signer.fingerprint).toBe(fingerprintOf(key));
  }
});

test('the error gives the reason of each place when none has the key', async () => {
  const home = homeOf('neither', { isTakenOver: true });
  const found = load(home, 'AB'.repeat(20));
  await expect(found).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(/^gpg [\s\S]*\n.*secring\.gpg: the private key is /),
  });
});

test('an unreadable keyfile, or one with another key, is named in the error', async () => {
  const file = join(folder, 'key.asc');
  await expect(load(undefined, fingerprintOf(keys[0]), file)).rejects.toThrow(`${file}: ENOENT`);
  writeFileSync(file, keys[1]?.armor() ?? '');
  await expect(load(undefined, fingerprintOf(keys[0]), file)).rejects.toThrow(
    `${file}: the private key is ${fingerprintOf(keys[1])}, not ${fingerprintOf(keys[0])}`,
  );
});
