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
const VALIDITY = 1;
const KEY_ID = 4;
const FINGERPRINT = 9;
const USER_ID = 9;
/** Small letters: what this key may do. Capitals: what the primary key and its subkeys may do together. */
const CAPABILITIES = 11;
const TOKEN = 14;
/** In the validity field. */
const INVALID: ReadonlyMap<string, string> = new Map([
  ['e', 'is expired'],
  ['r', 'is revoked'],
  ['i', 'is invalid'],
]);
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

/** A primary key with its secret, as people choose it. */
export interface OwnKey {
  fingerprint: string;
  /** Its first user id, such as `Ann Lee <ann@example.net>`; as GnuPG escapes it. */
  userId: string;
}

/** A key of GnuPG. */
export interface ListedKey extends OwnKey {
  /** Why it cannot sign here; undefined when the primary key or a subkey can. */
  problem: string | undefined;
}

/** Reads `gpg --with-colons --list-secret-keys` without a key: every primary key. */
export function parseOwnKeys(listing: string): ListedKey[] {
  const groups: string[][][] = [];
  for (const line of listing.split(/\r?\n/)) {
    const record = line.split(':');
    if (record[TYPE] === 'sec') groups.push([]);
    groups.at(-1)?.push(record);
  }
  return groups.map((records) => ({
    fingerprint: records.find(({ [TYPE]: type }) => type === 'fpr')?.[FINGERPRINT] ?? '',
    userId: records.find(({ [TYPE]: type }) => type === 'uid')?.[USER_ID] ?? '',
    problem: problemOf(records),
  }));
}

/** An expired, revoked or invalid primary key ends its subkeys, too. One whose secret is elsewhere does not. */
function problemOf(records: readonly string[][]): string | undefined {
  const keys = records.filter(({ [TYPE]: type }) => type === 'sec' || type === 'ssb');
  const [primary] = keys;
  const problem = validityProblem(primary);
  if (problem !== undefined) return problem;
  const signing = keys.filter(({ [CAPABILITIES]: capabilities }) => capabilities?.includes('s'));
  if (signing.length === 0) return 'has no key that signs';
  const here = signing.filter(({ [TOKEN]: token }) => token !== STUB);
  if (here.length === 0) return 'has its secret elsewhere';
  const problems = here.map(validityProblem);
  return problems.includes(undefined) ? undefined : `has a key for signing that ${problems[0]}`;
}

function validityProblem(record: readonly string[] | undefined): string | undefined {
  return INVALID.get(record?.[VALIDITY] ?? '');
}
