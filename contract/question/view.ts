import { z } from 'zod';
import { MAX_QUESTION_BYTES, QuestionName } from './document.ts';

/** One version of a saved question as the API sends it. */
export const QuestionView = z.object({
  name: QuestionName,
  version: z.int().min(1),
  /** The signed text, byte for byte. */
  document: z.string().max(MAX_QUESTION_BYTES),
  /** An armored detached signature. */
  signature: z.string().max(16_384),
  savedat: z.string().max(40),
  savedby: z.object({ name: z.string(), fingerprint: z.string().max(64).nullable() }),
  /** Who removed the question when this was its newest version; null when nobody did. */
  removed: z.object({ name: z.string(), at: z.string().max(40) }).nullable(),
});
export type QuestionView = z.infer<typeof QuestionView>;
