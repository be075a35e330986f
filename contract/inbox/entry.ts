import { z } from 'zod';
import { id } from '../fields.ts';
import { MAX_SIGNATURE_LENGTH } from '../limits.ts';

/** `expired` is a fact of time: an entry whose window ended while it waited. */
export const INBOX_STATES = ['waiting', 'launched', 'declined', 'withdrawn', 'expired'] as const;
export type InboxState = (typeof INBOX_STATES)[number];

/** How an entry ended, as it is stored. */
export type InboxEnd = Exclude<InboxState, 'waiting' | 'expired'>;

export const MAX_REASON = 1000;

const text = z.string().max(4096);
const time = z.string().max(40);
const Person = z.object({ name: z.string(), fingerprint: z.string().max(64) });

/** An action that waits, or waited, for signatures. */
export const InboxEntryView = z.object({
  id,
  state: z.enum(INBOX_STATES),
  name: text,
  target: text,
  modules: z.array(text),
  validfrom: time,
  expireafter: time,
  /** Of the signed text, in hexadecimal digits. */
  digest: z.string().max(64),
  submittedby: Person,
  submittedat: time,
  /** `counts` is false for somebody who may not sign any more. */
  signers: z.array(Person.extend({ signedat: time, counts: z.boolean() })),
  /** How many must sign, whatever they weigh. */
  signersneeded: z.number(),
  /** What the published ACL asks of each module; null when none is published. `needed` is null when nobody may run it. */
  weights: z.array(z.object({ module: text, needed: z.number().nullable(), has: z.number() })).nullable(),
  /** The action that was launched. */
  actionid: id.nullable(),
  /** Why it was declined. */
  reason: text.nullable(),
  /** Somebody with an API key alone has no fingerprint. */
  endedby: Person.extend({ fingerprint: z.string().max(64).nullable() }).nullable(),
  endedat: time.nullable(),
});
export type InboxEntryView = z.infer<typeof InboxEntryView>;

/** What the first signer signed beside the action. */
export const InboxNoteView = z.object({
  /** The signed text, byte for byte. */
  document: z.string().max(16_384),
  /** An armored detached signature. */
  signature: z.string().max(MAX_SIGNATURE_LENGTH),
});
export type InboxNoteView = z.infer<typeof InboxNoteView>;
