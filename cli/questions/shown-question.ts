import { errorMessage } from '../../contract/errors.ts';
import type { QuestionView } from '../../contract/question/view.ts';
import type { Signers } from '../keys/signers.ts';
import { type VerifiedQuestion, verifyQuestion } from './verify-question.ts';

/** A version of a list: verified, or why it does not count. */
export type ShownQuestion = { view: QuestionView } & (
  | { verified: VerifiedQuestion; problem: undefined }
  | { verified: undefined; problem: string }
);

/** Verifies each version of a list: a bad one hides no other. */
export async function verifyEach(
  views: readonly QuestionView[],
  signers: Signers,
  name?: string,
): Promise<ShownQuestion[]> {
  const shown: ShownQuestion[] = [];
  for (const view of views) {
    try {
      const wanted = { name: name ?? view.name, version: view.version };
      shown.push({ view, verified: await verifyQuestion(view, signers, wanted), problem: undefined });
    } catch (error) {
      shown.push({ view, verified: undefined, problem: errorMessage(error) });
    }
  }
  return shown;
}
