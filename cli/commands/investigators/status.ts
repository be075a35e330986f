import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { setInvestigatorStatus } from '../../investigators/set-status.ts';
import { openSession } from '../../session.ts';

const STATUSES = { enable: 'active', disable: 'disabled' } as const;

/** `mig investigators enable|disable <investigator>`. */
export async function investigatorStatusCommand(
  verb: keyof typeof STATUSES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`investigators ${verb}`],
    allowed: ['y'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const investigator = await findInvestigator(session.api, words[0] ?? '');
  return setInvestigatorStatus(session, investigator, STATUSES[verb]);
}
