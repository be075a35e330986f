import { MAX_COMMAND_BYTES } from '../../../contract/limits.ts';
import type { Claim } from './digests.ts';

export type CommandState = 'received' | 'started' | 'answered' | 'confirmed';

/** An action that starts now, as the set of digests remembers it. */
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
  /** Kept until the command is answered. */
  body?: string | undefined;
}

/** JSON escapes quotes: the body of a command may be longer in the journal than by itself. */
export const MAX_LINE_BYTES = 3 * MAX_COMMAND_BYTES;

const STEPS: ReadonlySet<unknown> = new Set(['received', 'started', 'answered', 'confirmed', 'refused']);

export function isJournalLine({ step }: { step?: unknown }): boolean {
  return STEPS.has(step);
}

/** What a command in progress occupies in the journal. */
export function receivedBytes(id: number, body: string): number {
  const line: JournalLine = { step: 'received', id, body };
  return Buffer.byteLength(JSON.stringify(line));
}

/** The shortest journal that says the same. */
export function linesOf(id: number, { state, body }: JournalEntry): JournalLine[] {
  if (state === 'answered') return [{ step: 'answered', id }];
  const received: JournalLine = { step: 'received', id, body: body ?? '' };
  return state === 'started' ? [received, { step: 'started', id }] : [received];
}

/** Before there was a set of digests, agents kept them in the journal. */
export function claimsOf({
  id,
  digest,
  expiresMs,
  validFromMs,
}: { id: number } & Partial<StartedAction>): Claim[] {
  if (digest === undefined || expiresMs === undefined || validFromMs === undefined) return [];
  return [{ id, digest, expiresMs, validFromMs }];
}
