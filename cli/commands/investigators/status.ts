import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';
import { findInvestigator } from './find-investigator.ts';

const CHANGES = {
  enable: { status: 'active', effect: 'their key and their API key count again' },
  disable: { status: 'disabled', effect: 'their key and their API key count no more' },
} as const;

/** `mig investigators enable|disable <investigator>`. */
export async function investigatorStatusCommand(
  verb: keyof typeof CHANGES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`investigators ${verb}`],
    allowed: ['y'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { id, name, status: before } = await findInvestigator(api, words[0] ?? '');
  const { status, effect } = CHANGES[verb];
  if (before === status) {
    output.note(`investigator ${id} (${name}) is ${status} already: nothing was changed`);
    return EXIT.ok;
  }
  if (!(await confirm(`${verb} investigator ${id} (${name})?`, options))) return EXIT.cancelled;
  await api.post('investigator/update/', { id: String(id), status }).catch(explainRefusal);
  output.answer(`investigator ${id} (${name}) is ${status}: ${effect}`);
  return EXIT.ok;
}
