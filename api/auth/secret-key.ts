import { pbkdf2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyHash } from '../../platform/postgres/queries/api-keys.ts';

const derive = promisify(pbkdf2);

/** As in MIG (spec/acl.md#api-keys): the columns have these lengths, and MIG's keys of loaders stay good. */
const ITERATIONS = 4096;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A random text of letters and digits. */
export function createSecretText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export async function hashSecret(secret: string): Promise<KeyHash> {
  const salt = randomBytes(SALT_BYTES);
  return { hash: await deriveHash(secret, salt), salt };
}

/** Takes as long as `isKeyOf`, so that time does not tell which prefixes of keys exist. */
export async function pretendToCompare(secret: string): Promise<void> {
  await deriveHash(secret, Buffer.alloc(SALT_BYTES));
}

export async function isKeyOf(secret: string, { hash, salt }: KeyHash): Promise<boolean> {
  const presented = await deriveHash(secret, salt);
  return hash.length === HASH_BYTES && timingSafeEqual(presented, hash);
}

function deriveHash(secret: string, salt: Buffer): Promise<Buffer> {
  return derive(secret, salt, ITERATIONS, HASH_BYTES, 'sha256');
}
