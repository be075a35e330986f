import { declineInboxEntry, withdrawInboxEntry } from '../../../contract/api/inbox.ts';
import { MigError } from '../../../contract/errors.ts';
import { MAX_REASON } from '../../../contract/inbox/entry.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { parseEntryId } from '../../inbox/parse-entry-id.ts';
import { openSession } from '../../session.ts';

/** `mig inbox decline <entry id> -reason <text>`: ends an entry of somebody else for good. */
export async function declineCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['inbox decline'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { reason: 'string' },
    words: [1, 1],
  });
  const id = parseEntryId(words[0], usage);
  const reason = value('reason');
  if (reason === undefined) throw new MigError('usage', `-reason is needed: everybody reads why; ${usage}`);
  if (reason.length > MAX_REASON)
    throw new MigError('usage', `-reason must have at most ${MAX_REASON} characters`);
  const { api, output } = await openSession(options);
  await api.call(declineInboxEntry, { inboxid: id, reason });
  output.answer(`entry ${id} declined`);
  return EXIT.ok;
}

/** `mig inbox withdraw <entry id>`: ends an own entry for good. */
export async function withdrawCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['inbox withdraw'];
  const { options, words } = parseCommandLine(args, { usage, words: [1, 1] });
  const id = parseEntryId(words[0], usage);
  const { api, output } = await openSession(options);
  await api.call(withdrawInboxEntry, { inboxid: id });
  output.answer(`entry ${id} withdrawn`);
  return EXIT.ok;
}
