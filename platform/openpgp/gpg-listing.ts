import { MigError } from '../../contract/errors.ts';

/** The secret keys that GnuPG has for one primary key. */
export interface SecretKeys {
  /** Fingerprint of the primary key. */
  primary: string;
  /** Ids of the primary key and subkeys whose secret is in GnuPG or on a smartcard. */
  usable: ReadonlySet<string>;
}

// Fields of a record.
const TYPE = 0;
const KEY_ID = 4;
const FINGERPRINT = 9;
const TOKEN = 14;
/** In the token field: the secret is elsewhere, as that of an offline primary key. */
const STUB = '#';

/** Reads `gpg --with-colons --list-secret-keys` for one key (GnuPG: doc/DETAILS). */
export function parseSecretKeys(listing: string): SecretKeys {
  const records = listing.split(/\r?\n/).map((line) => line.split(':'));
  const primaries = records.filter((record) => record[TYPE] === 'sec');
  const fingerprint = records.find((record) => record[TYPE] === 'fpr')?.[FINGERPRINT];
  if (primaries.length !== 1 || fingerprint === undefined) {
    throw new MigError('key_malformed', `expected one secret key, gpg lists ${primaries.length}`);
  }
  const usable = records.flatMap(({ [TYPE]: type, [TOKEN]: token, [KEY_ID]: keyId }) => {
    const isSecret = (type === 'sec' || type === 'ssb') && token !== STUB;
    return isSecret && keyId !== undefined ? [keyId] : [];
  });
  return { primary: fingerprint, usable: new Set(usable) };
}
