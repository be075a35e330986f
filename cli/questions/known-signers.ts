import { MigError } from '../../contract/errors.ts';
import type { QuestionView } from '../../contract/question/view.ts';
import { type Keyring, readPublicKey } from '../../platform/openpgp/keyring.ts';
import { issuersOf, loadOwnKeys, loadSigners, type Signers } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';
import { type Asking, isAsked } from '../terminal/ask.ts';

/** Keys whose signatures count, and where they come from. */
export interface KnownSigners {
  signers: Signers;
  /** Whether the investigator has the keys: no server has a say in them. */
  areOwn: boolean;
}

type KeySession = Pick<CliSession, 'api' | 'output' | 'signer' | 'config'>;

/**
 * The keys for the signatures of questions: those of -keys alone, or the own one and those in GnuPG. When a signature is by
 * none of them, those that the API has, which a note says: a platform could send a key of its own as that of another.
 */
export async function loadKnownSigners(
  session: KeySession,
  shown: readonly Pick<QuestionView, 'signature'>[],
  keys: string | undefined,
): Promise<KnownSigners> {
  const signed = { pgpsignatures: shown.map(({ signature }) => signature) };
  if (keys !== undefined) return { signers: await loadSigners(session, signed, keys), areOwn: true };
  const own = await loadOwn(session, signed);
  if (await hasAll(own.keyring, signed.pgpsignatures)) return { signers: own, areOwn: true };
  return { signers: await loadSigners(session, signed, undefined), areOwn: false };
}

/**
 * Refuses to sign unread what only the platform vouches for: it could have written that itself. `what` is what the
 * platform says of it.
 */
export function requireReader(
  asking: Asking,
  { areOwn, what }: Pick<KnownSigners, 'areOwn'> & { what: string },
): void {
  if (areOwn || isAsked(asking)) return;
  throw new MigError(
    'signature_unknown_signer',
    `nobody reads this question here, and only the platform says ${what}: import the key into your GnuPG, or give it with -keys`,
  );
}

async function loadOwn(
  { signer, config }: KeySession,
  signed: { pgpsignatures: readonly string[] },
): Promise<Signers> {
  const key = await readPublicKey(signer.publicKey);
  // Without GnuPG there are no keys in it.
  const others = await loadOwnKeys(config.gpgHome, signed).catch(() => undefined);
  const keyring = [
    key,
    ...(others?.keyring ?? []).filter(({ fingerprint }) => fingerprint !== key.fingerprint),
  ];
  return {
    keyring,
    nameOf: (fingerprint) => userIdOf(keyring, fingerprint),
    reasonForOthers: 'neither your key nor your GnuPG has this fingerprint',
  };
}

function userIdOf(keyring: Keyring, wanted: string): string {
  return keyring.find(({ fingerprint }) => fingerprint === wanted)?.key.getUserIDs()[0] ?? 'unknown';
}

async function hasAll(keyring: Keyring, signatures: readonly string[]): Promise<boolean> {
  const issuers = await issuersOf(signatures);
  return issuers.every((issuer) => keyring.some((key) => hasKey(key, issuer)));
}

/** An issuer is the fingerprint or key id of a primary key or subkey. */
function hasKey({ key }: Keyring[number], issuer: string): boolean {
  return key.getKeys().some((one) => {
    const fingerprint = one.getFingerprint().toUpperCase();
    return fingerprint === issuer || fingerprint.endsWith(issuer);
  });
}
