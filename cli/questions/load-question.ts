import { getQuestion } from '../../contract/api/questions.ts';
import { MigError } from '../../contract/errors.ts';
import { QuestionName } from '../../contract/question/document.ts';
import type { QuestionView } from '../../contract/question/view.ts';
import type { CliSession } from '../session.ts';
import { type KnownSigners, loadKnownSigners } from './known-signers.ts';
import { openSeen } from './seen.ts';
import { type VerifiedQuestion, verifyQuestion } from './verify-question.ts';

interface Wanted {
  name: string;
  /** Undefined for the newest. */
  version: number | undefined;
  /** A file or folder of public keys; undefined for the own key and those in GnuPG, or else those that the API has. */
  keys: string | undefined;
}

/** A version of a question, verified here. */
export interface LoadedQuestion extends VerifiedQuestion, Pick<KnownSigners, 'areOwn'> {
  view: QuestionView;
}

/** Loads a version and verifies it. Keeps the newest version that was seen, and refuses an older one in its place. */
export async function loadQuestion(session: CliSession, wanted: Wanted): Promise<LoadedQuestion> {
  const { name, version, keys } = wanted;
  const { question: view } = await session.api.call(getQuestion, { name, version });
  const { signers, areOwn } = await loadKnownSigners(session, [view], keys);
  const verified = await verifyQuestion(view, signers, wanted);
  const shown = { version: verified.question.version, digest: verified.digest };
  const seen = openSeen(session);
  if (version === undefined) seen.requireNewest(name, shown);
  else seen.requireSame(name, shown);
  seen.keep(name, shown);
  await seen.save(session.output.note);
  return { ...verified, view, areOwn };
}

/** The name of a question on a command line. */
export function requireQuestionName(word: string | undefined, usage: string): string {
  if (word === undefined)
    throw new MigError('usage', `${usage}; mig questions list lists the names of questions`);
  const { success, data, error } = QuestionName.safeParse(word);
  if (success) return data;
  throw new MigError(
    'usage',
    `${JSON.stringify(word)} is no name of a question: it ${error.issues[0]?.message}; mig questions list lists them`,
  );
}

/** The number of -version. */
export function readVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new MigError('usage', `-version must be a number, not ${JSON.stringify(text)}`);
}
