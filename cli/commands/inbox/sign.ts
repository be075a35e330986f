import { randomUUID } from 'node:crypto';
import { signInboxEntry } from '../../../contract/api/inbox.ts';
import { MigError } from '../../../contract/errors.ts';
import type { InboxEntryView } from '../../../contract/inbox/entry.ts';
import { signedText } from '../../../contract/rules/signed-text.ts';
import { checkUnsigned } from '../../../contract/rules/validity.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { parseEntryId } from '../../inbox/parse-entry-id.ts';
import { presentEntry } from '../../inbox/present.ts';
import type { VerifiedEntry } from '../../inbox/verify-entry.ts';
import { type CliSession, openSession } from '../../session.ts';
import { isAsked } from '../../terminal/ask.ts';
import { lackOf } from '../../terminal/inbox-line.ts';

/** Enough digits that nobody can make another action whose digest begins with them. */
const DIGEST = /^[0-9a-f]{32,64}$/;

/** `mig inbox sign <entry id>`: shows the action, asks, and signs exactly the text that it has shown. */
export async function signInboxCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['inbox sign'],
    flags: { digest: 'string', keys: 'string', acl: 'string' },
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const id = parseEntryId(words[0], USAGES['inbox sign']);
  const wanted = readDigest(value('digest'));
  const session = await openSession(options);
  const presented = await presentEntry(session, { id, keys: value('keys'), aclFile: value('acl') });
  for (const line of presented.lines) session.output.note(line);
  const { entry, verified } = presented;
  refuseUnread(session, verified, wanted);
  if (entry.state !== 'waiting')
    throw new MigError('conflict', `entry ${id} is ${entry.state}: nothing was signed`);
  checkUnsigned(verified.action, Date.now());
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  printSigned(session, await postSignature(session, id, verified));
  return EXIT.ok;
}

function readDigest(text: string | undefined): string | undefined {
  if (text === undefined || DIGEST.test(text)) return text;
  throw new MigError('usage', '-digest needs 32 to 64 of the hex digits that mig inbox show prints');
}

/** Refuses a text other than the one that was read. Where nobody is asked, only -digest shows that it was read. */
function refuseUnread(
  { options, asker }: CliSession,
  { digest }: VerifiedEntry,
  wanted: string | undefined,
): void {
  if (wanted === undefined) {
    if (isAsked({ options, asker })) return;
    throw new MigError(
      'usage',
      'nobody is asked here: give the digest of the text that you have read with -digest',
    );
  }
  if (digest.startsWith(wanted)) return;
  throw new MigError('conflict', `nothing was signed: the digest of this entry is ${digest}, not ${wanted}`);
}

async function postSignature(
  { api, signer }: CliSession,
  inboxid: number,
  { action, digest }: VerifiedEntry,
): Promise<InboxEntryView> {
  const signature = await signer.sign(signedText(action));
  const fields = { inboxid, digest, signature };
  // To sign again has no effect, so that a lost answer may be asked for again.
  return (await api.call(signInboxEntry, fields, { idempotencyKey: randomUUID() })).entry;
}

function printSigned({ output, options }: CliSession, entry: InboxEntryView): void {
  const { id, state, actionid } = entry;
  if (options.json) output.json(JSON.stringify(entry));
  else if (state === 'launched') output.answer(`entry ${id} launched as action ${actionid}`, 'bold');
  else output.answer(`entry ${id} signed, and waits until ${entry.expireafter}: ${lackOf(entry)}`);
  if (state === 'launched')
    output.note(`mig results ${actionid} prints its answers, mig status ${actionid} its progress`);
}
