import type { QuestionView } from '../../contract/question/view.ts';
import type { QuestionRow } from '../../platform/postgres/queries/questions.ts';

/** The record of one version of a saved question. */
export function toQuestion(row: QuestionRow): QuestionView {
  const { name, version, document, signature, savedat, savername, saverfingerprint } = row;
  const { removername, removedat } = row;
  return {
    name,
    version,
    document,
    signature,
    savedat,
    savedby: { name: savername, fingerprint: saverfingerprint },
    removed: removername === null || removedat === null ? null : { name: removername, at: removedat },
  };
}
