import type { Action } from '../../contract/action.ts';
import { InvestigatorView } from '../../contract/answers.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { type Keyring, readKeyring, readPublicKeys } from '../../platform/openpgp/keyring.ts';
import { signatureIssuer } from '../../platform/openpgp/verify.ts';
import type { CliSession } from '../session.ts';
import type { Output } from '../terminal/output.ts';
import { readKeyFiles } from './key-files.ts';

/** Those whose signatures count, and how a stranger is called. */
export interface Signers {
  keyring: Keyring;
  nameOf(fingerprint: string): string;
  others: string;
}

type Asking = Pick<CliSession, 'api' | 'output'>;

/**
 * The active investigators, to whoever may search; anybody else is shown the keys that an action's signatures name, which
 * the API gives to everybody.
 */
export async function loadInvestigators(asking: Asking, action: Action): Promise<Signers> {
  try {
    return await loadActive(asking);
  } catch (error) {
    if (errorCode(error) !== 'unauthorized') throw error;
    asking.output.say(`names are those that the keys have, active or not: ${errorMessage(error)}`);
    return loadNamed(asking, action);
  }
}

async function loadActive({ api, output }: Asking): Promise<Signers> {
  const names = new Map<string, string>();
  const keyring: Keyring[number][] = [];
  for await (const record of api.search({ type: 'investigator', status: 'active' })) {
    const { name, pgpfingerprint } = InvestigatorView.parse(record);
    // Somebody without a key signs nothing.
    if (!pgpfingerprint) continue;
    names.set(pgpfingerprint, name);
    const armored = (await api.publicKey(pgpfingerprint)) ?? '';
    const read = await readKeyring([{ armored, fingerprint: pgpfingerprint }]);
    keyring.push(...read.keyring);
    for (const { message } of read.refused) output.say(`the key of ${name} is left out: ${message}`);
  }
  return {
    keyring,
    nameOf: (fingerprint) => names.get(fingerprint) ?? 'unknown',
    others: 'no active investigator has this key',
  };
}

async function loadNamed({ api }: Asking, { pgpsignatures }: Action): Promise<Signers> {
  const keyring: Keyring[number][] = [];
  for (const issuer of await issuersOf(pgpsignatures)) {
    const armored = await api.publicKey(issuer);
    if (armored !== undefined) keyring.push(...(await readPublicKeys(armored)).keyring);
  }
  return { keyring, nameOf: nameOfKey(keyring), others: 'the API has no key of this fingerprint' };
}

/** The public keys of a file or folder. */
export async function loadKeyFiles(path: string, output: Output): Promise<Signers> {
  const { keyring, refused } = await readKeyFiles(path);
  for (const { file, reason } of refused) output.say(`${file} is left out: ${reason}`);
  if (keyring.length === 0) throw new MigError('config_invalid', `${path} has no public key`);
  return { keyring, nameOf: nameOfKey(keyring), others: `no key of ${path} is that one` };
}

/** The keys that signatures say they were made with; what is no signature says none. */
export async function issuersOf(signatures: readonly string[]): Promise<string[]> {
  const issuers = await Promise.all(signatures.map(signatureIssuer));
  return issuers.filter((issuer) => issuer !== undefined);
}

function nameOfKey(keyring: Keyring): (fingerprint: string) => string {
  return (wanted) =>
    keyring.find(({ fingerprint }) => fingerprint === wanted)?.key.getUserIDs()[0] ?? 'unknown';
}
