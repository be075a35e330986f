import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { exportGpgKey } from '../../platform/openpgp/gpg.ts';
import { type Keyring, readKeyring, readPublicKey, readPublicKeys } from '../../platform/openpgp/keyring.ts';
import { signatureIssuer } from '../../platform/openpgp/verify.ts';
import { findPublicKey } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';
import type { Output } from '../terminal/output.ts';
import { readKeyFiles } from './key-files.ts';

/** The keys whose signatures count. */
export interface Signers {
  keyring: Keyring;
  nameOf(fingerprint: string): string;
  /** The reason why other keys do not count. */
  reasonForOthers: string;
}

type ApiSession = Pick<CliSession, 'api' | 'output'>;

/** Something with signatures, such as an action. */
interface Signed {
  pgpsignatures: readonly string[];
}

/**
 * Loads the keys of a file or folder, and the own key. Without one loads those that the API has, and says so: a platform
 * could send a key of its own as that of another.
 */
export async function loadSigners(
  session: Pick<CliSession, 'api' | 'output' | 'signer'>,
  signed: Signed,
  keys: string | undefined,
): Promise<Signers> {
  if (keys === undefined) {
    const signers = await loadInvestigators(session, signed);
    session.output.note('keys       of the API: compare the fingerprints, or give -keys');
    return signers;
  }
  const signers = await loadKeyFiles(keys, session.output);
  const own = await readPublicKey(session.signer.publicKey);
  const keyring = [own, ...signers.keyring.filter(({ fingerprint }) => fingerprint !== own.fingerprint)];
  return { ...signers, keyring, nameOf: (fingerprint) => userIdIn(keyring, fingerprint) };
}

/**
 * Loads the keys of the active investigators. Without the permission to search, which their list requires, loads the keys
 * that the signatures name, which anybody may read.
 */
export async function loadInvestigators(session: ApiSession, signed: Signed): Promise<Signers> {
  try {
    return await loadActive(session);
  } catch (error) {
    if (errorCode(error) !== 'unauthorized') throw error;
    session.output.note(`names come from the keys, whose owners may not be active: ${errorMessage(error)}`);
    return loadIssuers(session, signed);
  }
}

async function loadActive({ api, output }: ApiSession): Promise<Signers> {
  const names = new Map<string, string>();
  const keyring: Keyring[number][] = [];
  for await (const { name, pgpfingerprint } of api.search('investigator', { status: 'active' })) {
    // An investigator without a key signs nothing.
    if (!pgpfingerprint) continue;
    names.set(pgpfingerprint, name);
    const armored = await findPublicKey(api, pgpfingerprint);
    if (armored === undefined) {
      output.note(`ignoring the key of ${name}: the API does not have it`);
      continue;
    }
    const read = await readKeyring([{ armored, fingerprint: pgpfingerprint }]);
    keyring.push(...read.keyring);
    for (const { message } of read.refused) output.note(`ignoring the key of ${name}: ${message}`);
  }
  return {
    keyring,
    nameOf: (fingerprint) => names.get(fingerprint) ?? 'unknown',
    reasonForOthers: 'no active investigator has this key',
  };
}

async function loadIssuers({ api }: ApiSession, { pgpsignatures }: Signed): Promise<Signers> {
  const keyring: Keyring[number][] = [];
  const issuers = await issuersOf(pgpsignatures);
  for (const issuer of issuers) {
    const armored = await findPublicKey(api, issuer);
    if (armored !== undefined) keyring.push(...(await readPublicKeys(armored)).keyring);
  }
  return {
    keyring,
    nameOf: (fingerprint) => userIdIn(keyring, fingerprint),
    reasonForOthers: 'the API has no key with this fingerprint',
  };
}

/** Loads the keys in this user's GnuPG that signatures name. No server has a say in them. */
export async function loadOwnKeys(gpgHome: string | undefined, { pgpsignatures }: Signed): Promise<Signers> {
  const keyring: Keyring[number][] = [];
  for (const issuer of new Set(await issuersOf(pgpsignatures))) {
    const armored = await exportGpgKey(gpgHome, issuer);
    if (armored !== undefined) keyring.push(...(await readPublicKeys(armored)).keyring);
  }
  return {
    keyring,
    nameOf: (fingerprint) => userIdIn(keyring, fingerprint),
    reasonForOthers: 'your GnuPG has no key with this fingerprint; -keys names a file or folder of keys',
  };
}

/** Loads the public keys of a file or folder. */
export async function loadKeyFiles(path: string, output: Output): Promise<Signers> {
  const { keyring, refused } = await readKeyFiles(path);
  for (const { file, reason } of refused) output.note(`ignoring ${file}: ${reason}`);
  if (keyring.length === 0) throw new MigError('config_invalid', `${path} has no public key`);
  return {
    keyring,
    nameOf: (fingerprint) => userIdIn(keyring, fingerprint),
    reasonForOthers: `no key in ${path} has this fingerprint`,
  };
}

/** The fingerprints of the keys that signatures name. Texts that are no signature are skipped. */
export async function issuersOf(signatures: readonly string[]): Promise<string[]> {
  const issuers = await Promise.all(signatures.map(signatureIssuer));
  return issuers.filter((issuer) => issuer !== undefined);
}

function userIdIn(keyring: Keyring, wanted: string): string {
  return keyring.find(({ fingerprint }) => fingerprint === wanted)?.key.getUserIDs()[0] ?? 'unknown';
}
