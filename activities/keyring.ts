import { type Keyring, readKeyring } from '../platform/openpgp/keyring.ts';
import type { Queryable } from '../platform/postgres/pool.ts';
import { activeInvestigators, type InvestigatorRow } from '../platform/postgres/queries/investigators.ts';

/** The active investigators and their keys, as they are now: a key may have been revoked since a signature was stored. */
export async function loadActiveKeyring(
  db: Queryable,
): Promise<{ keyring: Keyring; investigators: InvestigatorRow[] }> {
  const investigators = await activeInvestigators(db);
  const { keyring } = await readKeyring(
    investigators.map(({ publickey, pgpfingerprint }) => ({
      armored: publickey?.toString() ?? '',
      fingerprint: pgpfingerprint,
    })),
  );
  return { keyring, investigators };
}
