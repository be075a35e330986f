import type { InvestigatorView } from '../../contract/api-responses.ts';
import { permissionNames } from '../../contract/permissions.ts';
import { describeSets, maskOfRecord } from '../records/permission-words.ts';
import type { CliSession } from '../session.ts';
import { printLatest } from './print-latest.ts';

/** Who somebody is, and what they may do. */
export function investigatorLines(investigator: InvestigatorView): string[] {
  const { id, name, status, pgpfingerprint, apikey, createdat, lastmodified } = investigator;
  const mask = maskOfRecord(investigator);
  return [
    `investigator ${id}: ${name}`,
    `  status       ${status}`,
    `  key          ${pgpfingerprint || 'none'}`,
    `  API key      ${apikey ?? 'none'}`,
    `  permissions  ${describeSets(mask)}: ${permissionNames(mask).join(', ') || 'nothing'}`,
    `  created      ${createdat}`,
    `  changed      ${lastmodified}`,
  ];
}

/** Prints the last actions that somebody signed. */
export function printLastSigned(
  session: CliSession,
  { id, max }: { id: number; max?: number | undefined },
): Promise<void> {
  return printLatest(session, {
    title: 'last actions',
    type: 'action',
    filters: { investigatorid: id },
    max,
  });
}
