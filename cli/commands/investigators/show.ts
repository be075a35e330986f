import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { openSession } from '../../session.ts';
import { investigatorLines, printLastSigned } from '../../show/show-investigator.ts';

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
  for (const line of investigatorLines(investigator)) output.answer(line);
  await printLastSigned(session, { id: investigator.id });
  return EXIT.ok;
}
