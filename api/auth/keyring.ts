import { createHash } from 'node:crypto';
import { type Keyring, type KeyringKey, readPublicKey } from '../../platform/openpgp/keyring.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { activeInvestigators, type InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';

/** The active investigators, and those of their keys that can be read. */
export interface InvestigatorKeys {
  keyring: Keyring;
  investigators: InvestigatorRow[];
}

/** Loads the investigators from the database at each call: a disabled key stops working at once. */
export type KeyringLoader = () => Promise<InvestigatorKeys>;

const MAX_PARSED = 10_000;

/** Parsing a key is slow, and the same text always has the same meaning: parsed keys are kept. */
export function createKeyringLoader(pool: Pool): KeyringLoader {
  const parsed = new Map<string, Promise<KeyringKey | undefined>>();

  const parse = async ({ publickey, pgpfingerprint }: InvestigatorRow) => {
    if (publickey === null) return undefined;
    const armored = publickey.toString();
    const digest = createHash('sha256').update(`${pgpfingerprint}\n${armored}`).digest('base64');
    const known = parsed.get(digest);
    if (known) return known;
    if (parsed.size >= MAX_PARSED) parsed.clear();
    const key = readPublicKey(armored, pgpfingerprint).catch(() => undefined);
    parsed.set(digest, key);
    return key;
  };

  return async () => {
    const investigators = await activeInvestigators(pool);
    const keys = await Promise.all(investigators.map(parse));
    return { keyring: keys.filter((key) => key !== undefined), investigators };
  };
}
