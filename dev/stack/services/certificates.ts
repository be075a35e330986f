import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEAR_MS = 365 * 24 * 3600 * 1000;

interface Authority {
  certificate: x509.X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

/** Makes a private CA with one certificate for the relay and one for all clients. Existing files stay. */
export async function makeCertificates(folder: string): Promise<void> {
  if (existsSync(join(folder, 'client.key'))) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  x509.cryptoProvider.set(globalThis.crypto);
  const authority = await createAuthority();
  write(join(folder, 'ca.crt'), authority.certificate.toString('pem'));
  await writeCertificate(folder, { name: 'relay', usage: x509.ExtendedKeyUsage.serverAuth, authority });
  await writeCertificate(folder, { name: 'client', usage: x509.ExtendedKeyUsage.clientAuth, authority });
}

async function createAuthority(): Promise<Authority> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=MIG development CA',
    ...validFor(10),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, keys };
}

async function writeCertificate(
  folder: string,
  { name, usage, authority }: { name: string; usage: x509.ExtendedKeyUsage; authority: Authority },
): Promise<void> {
  const keys = await createKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: authority.certificate.subject,
    ...validFor(3),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  write(join(folder, `${name}.crt`), certificate.toString('pem'));
  const pkcs8 = await globalThis.crypto.subtle.exportKey('pkcs8', keys.privateKey);
  write(join(folder, `${name}.key`), x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return globalThis.crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validFor(years: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: new Date(Date.now() + years * YEAR_MS),
  };
}

function write(file: string, pem: string): void {
  writeFileSync(file, `${pem}\n`, { mode: 0o600 });
}
