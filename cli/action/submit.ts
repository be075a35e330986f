import { randomUUID } from 'node:crypto';
import type { Action } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';
import { submitToInbox as submitRoute } from '../../contract/api/inbox.ts';
import type { InboxEntryView } from '../../contract/inbox/entry.ts';
import { actionDigest, type InboxNote, noteText, SAMPLE_AGENTS } from '../../contract/inbox/note.ts';
import { EXIT } from '../exit-codes.ts';
import type { InboxOptions } from '../options.ts';
import type { CliSession } from '../session.ts';
import { askYesNo, isAsked } from '../terminal/ask.ts';
import { lackOf } from '../terminal/inbox-line.ts';
import { signAction } from './sign-action.ts';

/** A second person needs longer to sign than agents to answer. */
export const INBOX_EXPIRATION = '24h';

/** Signs an action and leaves it in the inbox, with a signed note of what its signer saw. Returns the exit code. */
export async function submitToInbox(
  session: CliSession,
  unsigned: Action,
  { agents, inbox }: { agents: number; inbox: InboxOptions },
): Promise<number> {
  const { api, signer, output, options } = session;
  const expiration = options.expiration ?? INBOX_EXPIRATION;
  const action = await signAction({ ...session, options: { ...options, expiration } }, unsigned);
  const note = noteText(await writeNote(session, action, { agents, inbox }));
  // The same submission again has no effect, so that a lost answer may be asked for again.
  const { entry } = await api.call(
    submitRoute,
    { action: actionText(action), note, notesignature: await signer.sign(note) },
    { idempotencyKey: randomUUID() },
  );
  if (options.json) output.json(JSON.stringify(entry));
  else output.answer(submittedLine(entry), 'bold');
  if (entry.state === 'waiting')
    output.note(`mig inbox sign ${entry.id} adds a signature, mig inbox withdraw ${entry.id} ends it`);
  return EXIT.ok;
}

function submittedLine(entry: InboxEntryView): string {
  if (entry.state === 'launched') {
    return `action ${entry.actionid} launched: its signatures are enough; mig results ${entry.actionid} prints its answers`;
  }
  return `entry ${entry.id} waits in the inbox until ${entry.expireafter}: ${lackOf(entry)}`;
}

async function writeNote(
  session: CliSession,
  action: Action,
  { agents, inbox: { why, signers } }: { agents: number; inbox: InboxOptions },
): Promise<InboxNote> {
  const { target } = session.options;
  const isMacro = target !== undefined && session.config.macros.get(target) === action.target;
  return {
    digest: actionDigest(action),
    agents,
    sample: await sampleAgents(session, action.target),
    macro: isMacro ? target.slice(0, 255) : undefined,
    why,
    signers,
    brakes: session.options.brakes,
  };
}

async function sampleAgents({ api }: CliSession, target: string): Promise<InboxNote['sample']> {
  const sample: InboxNote['sample'] = [];
  for await (const { name, queueloc } of api.search('agent', { target })) {
    sample.push({ name: name.slice(0, 255).toWellFormed(), queueloc: queueloc.slice(0, 255) });
    if (sample.length === SAMPLE_AGENTS) break;
  }
  return sample;
}

/** Asks on a terminal whether an action that lacks weight waits for others. Elsewhere only says what is missing. */
export async function offerInbox(
  { output, options, asker }: CliSession,
  missing: readonly string[],
): Promise<boolean> {
  for (const line of missing) output.note(`weight     ${line}`);
  if (isAsked({ options, asker })) {
    return askYesNo(
      'your signature is not enough: leave it in the inbox for a second signer, and launch nothing?',
      { asker },
    );
  }
  output.note('agents will refuse this: -inbox leaves it for a second signer');
  return false;
}
