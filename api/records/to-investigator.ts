import type { InvestigatorView, Sent } from '../../contract/api-responses.ts';
import { permissionsFromMask } from '../../contract/permissions.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';

/** The record of an investigator, without the key (spec/api.md#records). */
export function toInvestigator(row: InvestigatorRow) {
  return investigatorRecord(row, undefined);
}

/** The record of an investigator with the public key, in base64 as in MIG. */
export function toInvestigatorWithKey(row: InvestigatorRow) {
  return investigatorRecord(row, row.publickey?.toString('base64'));
}

function investigatorRecord(row: InvestigatorRow, publickey: string | undefined) {
  return {
    id: row.id,
    name: row.name,
    pgpfingerprint: row.pgpfingerprint,
    publickey,
    status: row.status,
    createdat: row.createdat,
    lastmodified: row.lastmodified,
    apikey: row.hasapikey ? 'set' : undefined,
    permissions: permissionsFromMask(row.permissions),
  } satisfies Sent<typeof InvestigatorView>;
}
