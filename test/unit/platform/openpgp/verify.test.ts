import { generateKey, type PrivateKey, PublicKey, PublicSubkeyPacket, reformatKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Keyring, readKeyring, readPublicKey } from '../../../../platform/openpgp/keyring.ts';
import { signText } from '../../../../platform/openpgp/sign.ts';
import { verifySignature, verifySignatures } from '../../../../platform/openpgp/verify.ts';

const TEXT = 'name=x;target=true;';
const HOUR_MS = 3600_000;
const now = Date.now();

let rsa: PrivateKey;
let keyring: Keyring;
const context = (keys: Keyring = keyring, nowMs = now) => ({ keyring: keys, nowMs });
const publicOf = async (key: PrivateKey) => readPublicKey(key.toPublic().armor());

async function newKey(options: Record<string, unknown>): Promise<PrivateKey> {
  const userIDs = [{ name: 'tester', email: 't@mig.invalid' }];
  return (
    (await generateKey({
      userIDs,
      format: 'object',
      date: new Date(now - HOUR_MS),
      ...options,
    } as never)) as unknown as { privateKey: PrivateKey }
  ).privateKey;
}

beforeAll(async () => {
  rsa = await newKey({ type: 'rsa', rsaBits: 2048 });
  keyring = [await publicOf(rsa)];
});

describe('signatures are accepted from', () => {
  for (const [name, options] of [
    ['RSA', { type: 'rsa', rsaBits: 2048 }],
    ['ECDSA on P-256', { type: 'ecc', curve: 'nistP256' }],
    ['EdDSA, the older form that GnuPG makes', { type: 'ecc', curve: 'ed25519Legacy' }],
    ['Ed25519 with Curve25519 subkeys', { type: 'curve25519' }],
  ] as const) {
    test(`${name} keys`, async () => {
      const key = await newKey(options);
      const signature = await signText(TEXT, key);
      const fingerprint = await verifySignature([TEXT], signature, context([await publicOf(key)]));
      expect(fingerprint).toBe(key.getFingerprint().toUpperCase());
    });
  }

  test('RSA keys whose signature has a leading zero byte, short or padded', async () => {
    const short = await signatureWithLeadingZero(rsa);
    expect(await verifySignature([short.text], short.stripped, context())).toBe(keyring[0]?.fingerprint);
    expect(await verifySignature([short.text], short.padded, context())).toBe(keyring[0]?.fingerprint);
  }, 120_000);

  test('keys without a checksum behind the signature', async () => {
    const signature = (await signText(TEXT, rsa)).replace(/=.{4}$/, '');
    expect(await verifySignature([TEXT], signature, context())).toBe(keyring[0]?.fingerprint);
  });

  test('an endpoint whose clock is hours behind', async () => {
    const signature = await signText(TEXT, rsa);
    expect(await verifySignature([TEXT], signature, context(keyring, now - 20 * HOUR_MS))).toBeDefined();
    await expect(
      verifySignature([TEXT], signature, context(keyring, now - 30 * HOUR_MS)),
    ).rejects.toMatchObject({ code: 'signature_wrong' });
  });
});

describe('refused by name', () => {
  test('an expired key', async () => {
    const key = await newKey({ type: 'curve25519', keyExpirationTime: 1800 });
    const signature = await signText(TEXT, await stillValid(key));
    await expect(verifySignature([TEXT], signature, context([await publicOf(key)]))).rejects.toMatchObject({
      code: 'key_expired',
    });
  });

  test('a revoked key', async () => {
    const signature = await signText(TEXT, rsa);
    const revoked = (await revokeKey({ key: rsa, format: 'object' })).publicKey;
    const key = await readPublicKey(revoked.armor());
    await expect(verifySignature([TEXT], signature, context([key]))).rejects.toMatchObject({
      code: 'key_revoked',
    });
  });

  test('a key whose fingerprint differs from the expected one', async () => {
    await expect(readPublicKey(rsa.toPublic().armor(), 'F'.repeat(40))).rejects.toMatchObject({
      code: 'key_fingerprint_mismatch',
    });
  });

  test('the same signer twice', async () => {
    const signatures = [await signText(TEXT, rsa), await signText(TEXT, rsa)];
    await expect(verifySignatures([TEXT], signatures, context())).rejects.toMatchObject({
      code: 'signature_duplicate',
    });
  });

  test('an unknown signer', async () => {
    const stranger = await newKey({ type: 'curve25519' });
    await expect(verifySignature([TEXT], await signText(TEXT, stranger), context())).rejects.toMatchObject({
      code: 'signature_unknown_signer',
    });
  });

  test('an altered text, for every kind of key', async () => {
    for (const key of [rsa, await newKey({ type: 'ecc', curve: 'ed25519Legacy' })]) {
      const signature = await signText(TEXT, key);
      const keys = context([await publicOf(key)]);
      await expect(verifySignature([`${TEXT} `], signature, keys)).rejects.toMatchObject({
        code: 'signature_wrong',
      });
    }
  });

  test('two signatures in one string, and a text without a signature', async () => {
    const [one, two] = [await signText(TEXT, rsa), await signText(TEXT, rsa)].map((text) =>
      Buffer.from(text.slice(0, -5), 'base64'),
    );
    const both = Buffer.concat([one ?? Buffer.alloc(0), two ?? Buffer.alloc(0)]).toString('base64');
    for (const text of [both, '', 'not base64!', 'AAAA']) {
      await expect(verifySignature([TEXT], text, context())).rejects.toMatchObject({
        code: 'signature_malformed',
      });
    }
  });

  test('a private key where public ones belong', async () => {
    await expect(readPublicKey(rsa.armor())).rejects.toMatchObject({ code: 'key_malformed' });
  });
});

test('an unreadable key does not affect the others', async () => {
  const read = await readKeyring([{ armored: 'garbage' }, { armored: rsa.toPublic().armor() }]);
  expect(read.keyring).toHaveLength(1);
  expect(read.refused.map(({ code }) => code)).toEqual(['key_malformed']);
});

/** Returns the same key without its expiry, so that it signs today. */
async function stillValid(key: PrivateKey): Promise<PrivateKey> {
  return (
    await reformatKey({
      privateKey: key,
      userIDs: [{ name: 'tester' }],
      keyExpirationTime: 0,
      format: 'object',
      date: new Date(now - HOUR_MS),
    })
  ).privateKey;
}

/** Signs texts until the RSA number begins with a zero byte (one in 256). Returns both encodings in use. */
async function signatureWithLeadingZero(key: PrivateKey) {
  for (let n = 0; ; n++) {
    const text = `${TEXT}${n}`;
    const stripped = await signText(text, key);
    const bytes = Buffer.from(stripped.slice(0, -5), 'base64');
    const at = numberAt(bytes);
    if (bytes.readUInt16BE(at) > 2040) continue;
    const number = bytes.subarray(at + 2);
    const padded = Buffer.concat([Buffer.alloc(256 - number.length), number]);
    const length = Buffer.from([0x08, 0x00]); // 2048 bits, which Go writes even with leading zeros
    const body = Buffer.concat([bytes.subarray(0, at), length, padded]);
    return { text, stripped, padded: repackaged(body, padded.length - number.length).toString('base64') };
  }
}

/** The offset of the RSA number in a version 4 signature packet with a two byte length (RFC 4880, 4.2.2 and 5.2.3). */
function numberAt(packet: Buffer): number {
  const hashed = packet.readUInt16BE(3 + 4);
  const unhashed = packet.readUInt16BE(3 + 6 + hashed);
  return 3 + 6 + hashed + 2 + unhashed + 2;
}

/** Adds `grown` to the length in the packet header. */
function repackaged(packet: Buffer, grown: number): Buffer {
  const copy = Buffer.from(packet);
  const first = copy[1] ?? 0;
  if (first >= 192 && first < 224) {
    const length = ((first - 192) << 8) + (copy[2] ?? 0) + 192 + grown - 192;
    copy[1] = (length >> 8) + 192;
    copy[2] = length & 0xff;
  }
  return copy;
}

test("a stranger's key that has the key of a signer as a subkey does not block that signer", async () => {
  const stranger = await newKey({ type: 'rsa', rsaBits: 2048 });
  const packets = stranger.toPublic().toPacketList();
  const taken = new PublicSubkeyPacket();
  await taken.read((rsa.toPublic().keyPacket as unknown as { write(): Uint8Array }).write());
  packets.push(taken);
  const withTaken = await readPublicKey(new PublicKey(packets).armor());
  const signature = await signText(TEXT, rsa);
  const fingerprint = rsa.getFingerprint().toUpperCase();
  const both = [withTaken, ...keyring];
  expect(both.every(({ key }) => key.getKeyIDs().some((id) => id.equals(rsa.getKeyID())))).toBe(true);
  expect(await verifySignature([TEXT], signature, context(both))).toBe(fingerprint);
  await expect(verifySignature([TEXT], signature, context([withTaken]))).rejects.toMatchObject({
    code: 'signature_wrong',
  });
});
