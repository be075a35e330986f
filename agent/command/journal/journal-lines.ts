import { MAX_COMMAND_BYTES } from '../../../contract/limits.ts';
import type { Claim } from './digests.ts';

export type CommandState = 'received' | 'started' | 'answered' | 'confirmed';

/** A starting action, as the set of digests stores it. */
export type StartedAction = Omit<Claim, 'id'>;

/** One line of the journal: a step that a command reached. */
export type JournalLine =
  | { step: 'received'; id: number; body: string }
  | ({ step: 'started'; id: number } & Partial<StartedAction>)
  | { step: 'answered'; id: number }
  | { step: 'confirmed'; id: number }
  | { step: 'refused'; id: number; digest: string; answer: string };

/** The last step that a command reached. */
export interface JournalEntry {
  state: CommandState;
  /** Empty once the command is answered, and when its line `received` was lost. */
  body: string;
}

/** JSON escapes quotes, so that the body of a command may be longer in the journal. */
export const MAX_LINE_BYTES = 3 * MAX_COMMAND_BYTES;

const STEPS: ReadonlySet<unknown> = new Set(['received', 'started', 'answered', 'confirmed', 'refused']);

export function isJournalLine({ step }: { step?: unknown }): boolean {
  return STEPS.has(step);
}

/** The bytes that a command in progress occupies in the journal. */
export function receivedBytes(id: number, body: string): number {
  const line: JournalLine = { step: 'received', id, body };
  return Buffer.byteLength(JSON.stringify(line));
}

/** The fewest lines that bring an entry to its state. */
export function linesOf(id: number, { state, body }: JournalEntry): JournalLine[] {
  if (state === 'answered') return [{ step: 'answered', id }];
  const received: JournalLine = { step: 'received', id, body };
  return state === 'started' ? [received, { step: 'started', id }] : [received];
}

/** Returns the digest of a line that an older agent wrote: it had no set of digests, and kept them in the journal. */
export function claimsOf({
  id,
  digest,
  expiresMs,
  validFromMs,
}: { id: number } & Partial<StartedAction>): Claim[] {
  if (digest === undefined || expiresMs === undefined || validFromMs === undefined) return [];
  return [{ id, digest, expiresMs, validFromMs }];
}
