import type { Brakes } from '../../contract/brakes.ts';
import { MigError } from '../../contract/errors.ts';
import { parseNote } from '../../contract/inbox/note.ts';
import { looserPart } from '../../contract/rules/brakes/looser.ts';
import type { InboxRow } from '../../platform/postgres/queries/inbox/entries.ts';

/** Refuses brakes that let more go than those in the note of an entry of the inbox, which its signers read. */
export function requireTight(brakes: Brakes, { id, note }: Pick<InboxRow, 'id' | 'note'>): void {
  const part = looserPart(brakes, parseNote(note).brakes ?? {});
  if (part === undefined) return;
  throw new MigError(
    'brakes_signed',
    `brakes: ${part}: looser than what was signed in the inbox (${id}). Tighter brakes are accepted; to loosen them, cancel the action and launch a new one through the inbox`,
  );
}
