import { listInbox } from '../../../contract/api/inbox.ts';
import { INBOX_STATES, type InboxEntryView } from '../../../contract/inbox/entry.ts';
import { parsePublishedAcl } from '../../../contract/published-acl.ts';
import { findPublishedAcl } from '../../acl/find-acl.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { byTurn, type Turn, turnOf } from '../../inbox/waits-for.ts';
import { openSession } from '../../session.ts';
import { lackOf } from '../../terminal/inbox-line.ts';

const MAX_LISTED = 1000;

/** `mig inbox`: the actions that wait, those for this investigator first; with -state those that have ended. */
export async function listInboxCommand(args: readonly string[]): Promise<number> {
  const { options, value } = parseCommandLine(args, {
    usage: USAGES.inbox,
    flags: { state: 'string' },
    allowed: ['json'],
    words: [0, 0],
  });
  const state = requireOneOf('-state', value('state') ?? 'waiting', INBOX_STATES);
  const { api, signer, output } = await openSession(options);
  const listed = await api.call(listInbox, { state, limit: MAX_LISTED });
  const published = listed.entries.length === 0 ? undefined : await findPublishedAcl(api);
  const acl = published === undefined ? undefined : parsePublishedAcl(published.document).acl;
  const entries = listed.entries.map((entry) => ({ ...entry, turn: turnOf(entry, acl, signer.fingerprint) }));
  for (const entry of state === 'waiting' ? byTurn(entries) : entries) {
    if (options.json) output.json(JSON.stringify(entry));
    else output.answer(entryLine(entry));
  }
  if (entries.length === 0)
    output.note(state === 'waiting' ? 'nothing waits for a signature' : `nothing is ${state}`);
  if (entries.length === MAX_LISTED) output.note(`these are the first ${MAX_LISTED}`);
  return EXIT.ok;
}

function entryLine(entry: InboxEntryView & { turn: Turn }): string {
  const { id, state, turn, expireafter, submittedby, name, actionid, reason, endedby } = entry;
  if (state === 'waiting') {
    return `${id}  ${turn}  until ${expireafter}  ${lackOf(entry)}  by ${submittedby.name}: ${name}`;
  }
  const how = [
    state,
    ...(actionid === null ? [] : [`as action ${actionid}`]),
    ...(endedby === null ? [] : [`by ${endedby.name}`]),
  ].join(' ');
  return `${id}  ${how}${reason === null ? '' : ` (${reason})`}  submitted by ${submittedby.name}: ${name}`;
}
