import { randomInt } from 'node:crypto';
import {
  createMessage,
  enums,
  generateKey,
  type PrivateKey,
  readSignature,
  type SignaturePacket,
  sign,
} from 'openpgp';
import { beforeAll, expect, test } from 'vitest';
import { verifyRsaSignature } from '../../../../platform/openpgp/rsa.ts';

const TEXT = 'name=x;target=true;';
const HOUR_MS = 3600_000;

let rsa: PrivateKey;
let other: PrivateKey;

async function newKey(options: object): Promise<PrivateKey> {
  const userIDs = [{ name: 'tester', email: 't@mig.invalid' }];
  const date = new Date(Date.now() - HOUR_MS);
  const made = await generateKey({ userIDs, format: 'object', date, ...options } as never);
  return (made as unknown as { privateKey: PrivateKey }).privateKey;
}

async function signed(key: PrivateKey, options: object = {}): Promise<Uint8Array> {
  const message = await createMessage({ binary: Buffer.from(TEXT) });
  const signature = await sign({ message, signingKeys: key, detached: true, format: 'binary', ...options });
  return signature as Uint8Array;
}

async function packetOf(bytes: Uint8Array): Promise<SignaturePacket> {
  return (await readSignature({ binarySignature: bytes })).packets[0] as SignaturePacket;
}

/** The verdict of openpgp on the same signature. */
async function isGoodForOpenpgp(text: string, packet: SignaturePacket, key: PrivateKey): Promise<boolean> {
  const [literal = {}] = (await createMessage({ binary: Buffer.from(text) })).packets;
  return packet.verify(key.keyPacket, enums.signature.binary, literal, new Date(), true).then(
    () => true,
    () => false,
  );
}

beforeAll(async () => {
  rsa = await newKey({ type: 'rsa', rsaBits: 2048 });
  other = await newKey({ type: 'rsa', rsaBits: 2048 });
});

test('agrees with openpgp about a signature, even with any byte changed', async () => {
  const good = await signed(rsa);
  expect(verifyRsaSignature(Buffer.from(TEXT), await packetOf(good), rsa.keyPacket)).toBe(true);
  let compared = 0;
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from(good);
    const place = randomInt(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << randomInt(8));
    const packet = await packetOf(bytes).catch(() => undefined);
    if (!packet) continue;
    const ours = verifyRsaSignature(Buffer.from(TEXT), packet, rsa.keyPacket);
    if (ours === undefined) continue;
    compared++;
    expect(ours, `byte ${place}`).toBe(await isGoodForOpenpgp(TEXT, await packetOf(bytes), rsa));
  }
  expect(compared).toBeGreaterThan(100);
});

test('is false for another text and for another key that claims the same id', async () => {
  const packet = await packetOf(await signed(rsa));
  expect(verifyRsaSignature(Buffer.from(`${TEXT} `), packet, rsa.keyPacket)).toBe(false);
  const claimed = Object.assign(Object.create(other.keyPacket), { getKeyID: () => rsa.keyPacket.getKeyID() });
  expect(verifyRsaSignature(Buffer.from(TEXT), packet, claimed)).toBe(false);
});

test('leaves other kinds of keys, other keys and critical notations to openpgp', async () => {
  const eddsa = await newKey({ type: 'ecc', curve: 'ed25519Legacy' });
  expect(
    verifyRsaSignature(Buffer.from(TEXT), await packetOf(await signed(eddsa)), eddsa.keyPacket),
  ).toBeUndefined();
  expect(
    verifyRsaSignature(Buffer.from(TEXT), await packetOf(await signed(rsa)), other.keyPacket),
  ).toBeUndefined();
  const notation = { name: 'a@mig.invalid', value: Buffer.from('b'), humanReadable: true, critical: true };
  const critical = await signed(rsa, { signatureNotations: [notation] });
  expect(verifyRsaSignature(Buffer.from(TEXT), await packetOf(critical), rsa.keyPacket)).toBeUndefined();
  expect(await isGoodForOpenpgp(TEXT, await packetOf(critical), rsa)).toBe(false);
});

test('does not throw for numbers that are no key', async () => {
  const packet = await packetOf(await signed(rsa));
  for (const publicParams of [
    { n: new Uint8Array(0), e: new Uint8Array(0) },
    { n: new Uint8Array(256), e: new Uint8Array([0]) },
    { n: new Uint8Array([4]), e: new Uint8Array([2]) },
  ]) {
    const key = Object.assign(Object.create(rsa.keyPacket), { publicParams });
    expect(verifyRsaSignature(Buffer.from(TEXT), packet, key)).not.toBe(true);
  }
});
