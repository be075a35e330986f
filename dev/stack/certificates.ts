import 'reflect-metadata';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEARS_MS = 365 * 24 * 3600 * 1000;

/** A private CA with one certificate for the relay (names and addresses in its SAN) and one for all clients. */
export async function makeCertificates(folder: string): Promise<{ ca: string; client: string }> {
  const files = { ca: join(folder, 'ca.crt'), client: join(folder, 'client') };
  if (existsSync(`${files.client}.key`)) return files;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  x509.cryptoProvider.set(globalThis.crypto);
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=MIG development CA',
    ...validity(10),
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  write(files.ca, ca.toString('pem'));
  for (const [name, usage] of [
    ['relay', x509.ExtendedKeyUsage.serverAuth],
    ['client', x509.ExtendedKeyUsage.clientAuth],
  ] as const) {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: ca.subject,
      ...validity(3),
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    });
    write(join(folder, `${name}.crt`), certificate.toString('pem'));
    const pkcs8 = await globalThis.crypto.subtle.exportKey('pkcs8', keys.privateKey);
    write(join(folder, `${name}.key`), x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'));
  }
  return files;
}

function newKeys() {
  return globalThis.crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(years: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 3600_000), notAfter: new Date(Date.now() + years * YEARS_MS) };
}

function write(file: string, pem: string): void {
  writeFileSync(file, `${pem}\n`, { mode: 0o600 });
}
