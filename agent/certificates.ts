import { createPrivateKey, X509Certificate } from 'node:crypto';
import { errorMessage, MigError } from '../contract/errors.ts';
import { readPem } from '../platform/config.ts';
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
      const pem: Certificates = Object.fromEntries(names.map((name) => [name, readPem(ownPath(name))]));
      check(pem);
      return pem;
    } catch (error) {
      warn(`[certs] ${names.join(', ')}: ${errorMessage(error)}; what was compiled in is used`);
      return {};
    }
  };
  const own = { ...replacement(['ca'], checkCa), ...replacement(['cert', 'key'], checkPair) };
  const of = (name: Name) => own[name] ?? compiled[name] ?? readPem(path(name));
  const pem = { ca: of('ca'), cert: of('cert'), key: of('key') };
  const isGiven = (name: Name) =>
    own[name] === undefined && compiled[name] === undefined && pem[name] !== undefined;
  const named = (names: readonly Name[]) =>
    `[certs] ${names.map((name) => `${name}: ${path(name)}`).join(', ')}`;
  if (isGiven('ca')) refuse(named(['ca']), () => checkCa(pem));
  if (isGiven('cert') && isGiven('key')) refuse(named(['cert', 'key']), () => checkPair(pem));
  return pem;
}

/** Where nothing is compiled in that could be used instead, the agent ends with a sentence that names the files. */
function refuse(what: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new MigError('config_invalid', `${what}: ${errorMessage(cause)}`, { cause });
  }
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
  for (const certificate of certificates) new X509Certificate(certificate);
}

function checkPair({ cert, key }: Certificates): void {
  if (cert === undefined || key === undefined) {
    throw new MigError('config_invalid', 'a certificate and its key go together');
  }
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new MigError('config_invalid', 'the key is not that of the certificate');
  }
}
