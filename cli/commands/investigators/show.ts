import type { InvestigatorDetails } from '../../../contract/api-responses.ts';
import { permissionNames } from '../../../contract/permissions.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { ACTION_TABLE } from '../../records/action-table.ts';
import { describeSets, maskOfRecord } from '../../records/permission-words.ts';
import { openSession } from '../../session.ts';
import { printLatest } from '../show/print-latest.ts';
import { findInvestigator } from './find-investigator.ts';

/** `mig investigators show <investigator>`: prints who they are, what they may do, and what they have signed last. */
export async function showInvestigatorCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['investigators show'],
    allowed: ['json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const { api, output } = session;
  const investigator = await findInvestigator(api, words[0] ?? '');
  if (options.json) {
    output.json(JSON.stringify(investigator));
    return EXIT.ok;
  }
  for (const line of linesOf(investigator)) output.answer(line);
  const query = { type: 'action', investigatorid: String(investigator.id) };
  await printLatest(session, { title: 'last actions', table: ACTION_TABLE, query });
  return EXIT.ok;
}

function linesOf(investigator: InvestigatorDetails): string[] {
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
