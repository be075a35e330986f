import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { readText } from '../../platform/files/read-text.ts';
import type { CompiledConfig } from './build-info.ts';

/** The relay's CA, and the agent's own certificate with its key, as PEM. */
type Certificates = CompiledConfig['certs'];
type Name = keyof Certificates;

/** The origins of certificates. */
export interface CertificateSources {
  compiled: Certificates;
  /** Whether files replace the compiled-in certificates. */
  areFilesTrusted: boolean;
  /** The path in the endpoint's configuration file. */
  ownPath: (name: Name) => string | undefined;
  /** The path in the endpoint's or the compiled-in configuration. */
  path: (name: Name) => string | undefined;
}

/**
 * Reads the certificates. Compiled-in ones win, because the files named in a compiled-in configuration need not exist on the
 * endpoint. If the build trusts certificates, those named in the endpoint's file replace them, so that a CA can be rotated.
 * Unusable files are skipped with a warning: nobody could repair an agent that lost its relay.
 */
export function readCertificates(
  sources: CertificateSources & { warn: (line: string) => void },
): Certificates {
  const fixed: Certificates = {
    ...sources.compiled,
    ...readReplacements(sources, { names: ['ca'], check: checkCa }),
    ...readReplacements(sources, { names: ['cert', 'key'], check: checkPair }),
  };
  const pem = {
    ca: fixed.ca ?? readFromPath(sources, 'ca'),
    cert: fixed.cert ?? readFromPath(sources, 'cert'),
    key: fixed.key ?? readFromPath(sources, 'key'),
  };
  const isFromPath = (name: Name) => fixed[name] === undefined && pem[name] !== undefined;
  if (isFromPath('ca')) namingSource(describePaths(sources, ['ca']), () => checkCa(pem));
  if (isFromPath('cert') && isFromPath('key')) {
    namingSource(describePaths(sources, ['cert', 'key']), () => checkPair(pem));
  }
  return pem;
}

/** Reads the files of the endpoint that replace compiled-in certificates; empty when there are none, or they are unusable. */
function readReplacements(
  { compiled, areFilesTrusted, ownPath, warn }: CertificateSources & { warn: (line: string) => void },
  { names, check }: { names: readonly Name[]; check: (pem: Certificates) => void },
): Certificates {
  const isCompiled = names.some((name) => compiled[name] !== undefined);
  const isReplaced = names.some((name) => ownPath(name));
  if (!areFilesTrusted || !isCompiled || !isReplaced) return {};
  try {
    const pem: Certificates = Object.fromEntries(names.map((name) => [name, readIfNamed(ownPath(name))]));
    check(pem);
    return pem;
  } catch (error) {
    warn(`[certs] ${names.join(', ')}: ${errorMessage(error)}; the compiled-in one is used`);
    return {};
  }
}

function readFromPath({ path }: CertificateSources, name: Name): string | undefined {
  return namingSource(`[certs] ${name}`, () => readIfNamed(path(name)));
}

function describePaths({ path }: CertificateSources, names: readonly Name[]): string {
  return `[certs] ${names.map((name) => `${name}: ${path(name)}`).join(', ')}`;
}

/** Adds the setting and its files to an error. Nothing compiled in could replace them. */
function namingSource<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new MigError('config_invalid', `${source}: ${errorMessage(cause)}`, { cause });
  }
}

function readIfNamed(path: string | undefined): string | undefined {
  return path === undefined || path === '' ? undefined : readText(path);
}

/** The file on the endpoint that a certificate or key is read from, if any. */
export function certificateFile(
  name: Name,
  { compiled, areFilesTrusted, ownPath, path }: CertificateSources,
): string | undefined {
  if (compiled[name] === undefined) return path(name) || undefined;
  return areFilesTrusted ? ownPath(name) || undefined : undefined;
}

function checkCa({ ca }: Certificates): void {
  const certificates = (ca ?? '').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new MigError('config_invalid', 'it contains no certificate');
  for (const [index, certificate] of certificates.entries()) {
    parsePart(`certificate ${index + 1} in it`, () => new X509Certificate(certificate));
  }
}

function checkPair({ cert, key }: Certificates): void {
  if (cert === undefined || key === undefined) {
    throw new MigError('config_invalid', 'a certificate needs its key, and a key its certificate');
  }
  const certificate = parsePart('the certificate', () => new X509Certificate(cert));
  const privateKey = parsePart('the key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new MigError('config_invalid', 'the key does not belong to the certificate');
  }
}

/** Adds the file and the likely cause, which OpenSSL's error lacks. */
function parsePart<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = `${what} is damaged, protected by a passphrase or no PEM`;
    throw new MigError('config_invalid', `${why}: ${errorMessage(cause)}`, { cause });
  }
}
