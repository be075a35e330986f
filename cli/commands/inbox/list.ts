import { listInbox } from '../../../contract/api/inbox.ts';
import { INBOX_STATES } from '../../../contract/inbox/entry.ts';
import { parsePublishedAcl } from '../../../contract/published-acl.ts';
import { findPublishedAcl } from '../../acl/find-acl.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { byTurn, turnOf } from '../../inbox/waits-for.ts';
import { ENDED_TABLE, WAITING_TABLE } from '../../records/inbox-tables.ts';
import { openSession } from '../../session.ts';
import { FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createRecordList } from '../../terminal/record-list.ts';

const MAX_LISTED = 1000;

/** `mig inbox`: the actions that wait, those for this investigator first; with -state those that have ended. */
export async function listInboxCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES.inbox,
    flags: { ...FORMAT_FLAGS, state: 'string' },
    allowed: ['json'],
    words: [0, 0],
  });
  const state = requireOneOf('-state', given.value('state') ?? 'waiting', INBOX_STATES);
  const format = readFormat(given);
  const { api, signer, output } = await openSession(given.options);
  const listed = await api.call(listInbox, { state, limit: MAX_LISTED });
  const published = listed.entries.length === 0 ? undefined : await findPublishedAcl(api);
  const acl = published === undefined ? undefined : parsePublishedAcl(published.document).acl;
  const entries = listed.entries.map((entry) => ({ ...entry, turn: turnOf(entry, acl, signer.fingerprint) }));
  const table = state === 'waiting' ? WAITING_TABLE : ENDED_TABLE;
  const list = createRecordList({ output, format, table });
  for (const entry of state === 'waiting' ? byTurn(entries) : entries) await list.add(entry);
  list.end();
  if (entries.length === 0)
    output.note(state === 'waiting' ? 'nothing waits for a signature' : `nothing is ${state}`);
  if (entries.length === MAX_LISTED) output.note(`these are the first ${MAX_LISTED}`);
  return EXIT.ok;
}
