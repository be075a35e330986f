import { updateInvestigator } from '../../contract/api/investigators.ts';
import type { InvestigatorView } from '../../contract/api-responses.ts';
import type { INVESTIGATOR_STATUSES } from '../../contract/statuses.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';

type Status = (typeof INVESTIGATOR_STATUSES)[number];

const CHANGES: Record<Status, { verb: string; effect: string }> = {
  active: { verb: 'enable', effect: 'their key and API key are accepted again' },
  disabled: { verb: 'disable', effect: 'their key and API key are no longer accepted' },
};

/** Enables or disables an investigator, after a question. Returns the exit code. */
export async function setInvestigatorStatus(
  session: CliSession,
  { id, name, status: before }: InvestigatorView,
  status: Status,
): Promise<number> {
  const { api, output } = session;
  const { verb, effect } = CHANGES[status];
  if (before === status) {
    output.note(`investigator ${id} (${name}) is ${status} already: nothing was changed`);
    return EXIT.ok;
  }
  if (!(await confirm(`${verb} investigator ${id} (${name})?`, session))) return EXIT.cancelled;
  await api.call(updateInvestigator, { id, status }).catch(explainRefusal);
  output.answer(`investigator ${id} (${name}) is ${status}: ${effect}`);
  return EXIT.ok;
}
