import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { parseEntryId } from '../../inbox/parse-entry-id.ts';
import { presentEntry } from '../../inbox/present.ts';
import { openSession } from '../../session.ts';

/** `mig inbox show <entry id>`: the exact text of an action that waits, who signed it, what it lacks, and what has changed. */
export async function showInboxCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['inbox show'],
    flags: { keys: 'string', acl: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const id = parseEntryId(words[0], USAGES['inbox show']);
  const session = await openSession(options);
  const presented = await presentEntry(session, { id, keys: value('keys'), aclFile: value('acl') });
  const { entry, verified, lines } = presented;
  if (options.json) {
    const { action, note, fingerprints } = verified;
    session.output.json(JSON.stringify({ entry, action, note, verified: fingerprints }));
    return EXIT.ok;
  }
  for (const line of lines) session.output.answer(line);
  if (entry.state === 'waiting') {
    session.output.note(
      `mig inbox sign ${id} adds your signature, mig inbox decline ${id} -reason … ends it`,
    );
  }
  return EXIT.ok;
}
