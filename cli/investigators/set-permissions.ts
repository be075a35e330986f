import { updateInvestigator } from '../../contract/api/investigators.ts';
import type { InvestigatorView } from '../../contract/api-responses.ts';
import { permissionNames, permissionsFromMask } from '../../contract/permissions.ts';
import { EXIT } from '../exit-codes.ts';
import { describeSets, maskOfRecord } from '../records/permission-words.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { explainRefusal } from './explain-refusal.ts';

/** Gives an investigator the permissions of a mask, and no others, after a question. Returns the exit code. */
export async function setPermissions(
  session: CliSession,
  investigator: InvestigatorView,
  after: number,
): Promise<number> {
  const { api, output, options } = session;
  const { id, name } = investigator;
  const before = maskOfRecord(investigator);
  const added = permissionNames(after & ~before);
  const removed = permissionNames(before & ~after);
  if (added.length + removed.length === 0) {
    output.note(`investigator ${id} (${name}) has these permissions already: nothing was changed`);
    return EXIT.ok;
  }
  output.note(`investigator ${id}: ${name}`);
  if (added.length > 0) output.note(`  adds     ${added.join(', ')}`);
  if (removed.length > 0) output.note(`  removes  ${removed.join(', ')}`);
  if (!(await confirm('change the permissions?', session))) return EXIT.cancelled;
  const permissions = permissionsFromMask(after);
  await api.call(updateInvestigator, { id, permissions }).catch(explainRefusal);
  if (options.json) output.json(JSON.stringify(permissions));
  else output.answer(`investigator ${id} (${name}) has ${describeSets(after)}`);
  return EXIT.ok;
}
