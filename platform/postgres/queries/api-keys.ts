import type { Queryable } from '../pool.ts';
import { type CallerRow, INVESTIGATOR_COLUMNS } from './investigators.ts';

/** What is stored of a key: its hash, and the salt of the hash. */
export interface KeyHash {
  hash: Buffer;
  salt: Buffer;
}

/** The active investigators whose API keys begin with `prefix`, with what is stored of the keys. */
export async function investigatorsByKeyPrefix(
  db: Queryable,
  prefix: string,
): Promise<(CallerRow & KeyHash)[]> {
  const { rows } = await db.query<CallerRow & KeyHash>({
    name: 'investigators by key prefix',
    text: `SELECT ${INVESTIGATOR_COLUMNS},
       apikey AS hash,
       apisalt AS salt
     FROM investigators
     WHERE apikeyprefix = $1
       AND status = 'active'
       AND apikey IS NOT NULL
       AND apisalt IS NOT NULL`,
    values: [prefix],
  });
  return rows;
}

/** Replaces the API key of an investigator; undefined removes it. */
export async function setApiKey(
  db: Queryable,
  id: number,
  key: (KeyHash & { prefix: string }) | undefined,
): Promise<void> {
  await db.query(
    `UPDATE investigators
     SET
       apikeyprefix = $2,
       apikey = $3,
       apisalt = $4
     WHERE id = $1`,
    [id, key?.prefix ?? null, key?.hash ?? null, key?.salt ?? null],
  );
}
