import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigningKey } from '../../platform/openpgp/generate.ts';

/** A key pair on disk. */
export interface KeyFiles {
  name: string;
  fingerprint: string;
  publicKey: string;
  privateKeyFile: string;
}

/** Reads a key pair of the development stack, and makes it at the first start. */
export async function loadKeyFiles(
  folder: string,
  { id, name }: { id: string; name: string },
): Promise<KeyFiles> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const privateKeyFile = join(folder, `${id}.asc`);
  const metadataFile = join(folder, `${id}.json`);
  if (!existsSync(metadataFile)) {
    const { privateKey, ...rest } = await generateSigningKey(name, `${id}@mig.invalid`);
    writeFileSync(privateKeyFile, privateKey, { mode: 0o600 });
    writeFileSync(metadataFile, JSON.stringify({ name, ...rest }), { mode: 0o600 });
  }
  return { ...JSON.parse(readFileSync(metadataFile, 'utf8')), privateKeyFile };
}
