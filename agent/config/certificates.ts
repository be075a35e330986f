import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { readText } from '../../platform/files/read-text.ts';
import type { CompiledConfig } from './build-info.ts';

/** PEM: the relay's CA, and the agent's own certificate with its key. */
type Certificates = CompiledConfig['certs'];
type Name = keyof Certificates;

/** Where certificates come from. */
export interface CertificateSources {
  compiled: Certificates;
  /** Whether files replace what is compiled in. */
  areFilesTrusted: boolean;
  /** What the file on the endpoint says. */
  ownPath: (name: Name) => string | undefined;
  /** What the configuration says, wherever from. */
  path: (name: Name) => string | undefined;
}

/**
 * What is compiled in wins, for the files that it was read from need not exist on the endpoint. Where the build trusts
 * certificates, those that the endpoint's own file names replace them, so that a CA can be rotated. Files that cannot be
 * used are told and passed over: an agent that lost its relay could be mended by nobody.
 */
export function readCertificates({
  compiled,
  areFilesTrusted,
  ownPath,
  path,
  warn,
}: CertificateSources & { warn: (line: string) => void }): Certificates {
  const replacement = (names: readonly Name[], check: (pem: Certificates) => void): Certificates => {
    const isCompiled = names.some((name) => compiled[name] !== undefined);
    if (!areFilesTrusted || !isCompiled || !names.some((name) => ownPath(name))) return {};
    try {
      const pem: Certificates = Object.fromEntries(names.map((name) => [name, readIfNamed(ownPath(name))]));
      check(pem);
      return pem;
    } catch (error) {
      warn(`[certs] ${names.join(', ')}: ${errorMessage(error)}; what was compiled in is used`);
      return {};
    }
  };
  const own = { ...replacement(['ca'], checkCa), ...replacement(['cert', 'key'], checkPair) };
  const given = (name: Name) => refusing(`[certs] ${name}`, () => readIfNamed(path(name)));
  const of = (name: Name) => own[name] ?? compiled[name] ?? given(name);
  const pem = { ca: of('ca'), cert: of('cert'), key: of('key') };
  const isGiven = (name: Name) =>
    own[name] === undefined && compiled[name] === undefined && pem[name] !== undefined;
  const named = (names: readonly Name[]) =>
    `[certs] ${names.map((name) => `${name}: ${path(name)}`).join(', ')}`;
  if (isGiven('ca')) refusing(named(['ca']), () => checkCa(pem));
  if (isGiven('cert') && isGiven('key')) refusing(named(['cert', 'key']), () => checkPair(pem));
  return pem;
}

/** Where nothing is compiled in that could be used instead, the agent ends with a sentence that names the files. */
function refusing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new MigError('config_invalid', `${what}: ${errorMessage(cause)}`, { cause });
  }
}

function readIfNamed(path: string | undefined): string | undefined {
  return path === undefined || path === '' ? undefined : readText(path);
}

/** The file of the endpoint that counts for one of them, if any does. */
export function certificateFile(
  name: Name,
  { compiled, areFilesTrusted, ownPath, path }: CertificateSources,
): string | undefined {
  if (compiled[name] === undefined) return path(name) || undefined;
  return areFilesTrusted ? ownPath(name) || undefined : undefined;
}

function checkCa({ ca }: Certificates): void {
  const certificates = (ca ?? '').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new MigError('config_invalid', 'there is no certificate in it');
  for (const [index, certificate] of certificates.entries()) {
    parsed(`certificate ${index + 1} in it`, () => new X509Certificate(certificate));
  }
}

function checkPair({ cert, key }: Certificates): void {
  if (cert === undefined || key === undefined) {
    throw new MigError('config_invalid', 'a certificate and its key go together');
  }
  const certificate = parsed('the certificate', () => new X509Certificate(cert));
  const privateKey = parsed('the key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new MigError('config_invalid', 'the key is not that of the certificate');
  }
}

/** What OpenSSL says of a damaged file names neither it nor what it should be. */
function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = `${what} is damaged, protected by a passphrase or no PEM`;
    throw new MigError('config_invalid', `${why}: ${errorMessage(cause)}`, { cause });
  }
}
