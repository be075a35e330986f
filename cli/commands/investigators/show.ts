import type { InvestigatorDetails } from '../../../contract/api-responses.ts';
import { permissionNames } from '../../../contract/permissions.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { describeSets, maskOfRecord } from '../../records/permission-words.ts';
import { openSession } from '../../session.ts';
import { findInvestigator } from './find-investigator.ts';

/** `mig investigators show <investigator>`: prints who they are and what they may do. */
export async function showInvestigatorCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['investigators show'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const investigator = await findInvestigator(api, words[0] ?? '');
  if (options.json) output.json(JSON.stringify(investigator));
  else for (const line of linesOf(investigator)) output.answer(line);
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
