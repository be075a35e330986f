import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import {
  checkQuestionContent,
  parseQuestion,
  type Question,
  questionDigest,
} from '../../contract/question/document.ts';
import type { QuestionView } from '../../contract/question/view.ts';
import { signatureTimeMs, verifySignature } from '../../platform/openpgp/verify.ts';
import { patternProblem } from '../../platform/re2/pattern-problem.ts';
import type { Signers } from '../keys/signers.ts';

/** What this program has verified of a version, whatever the API says. */
export interface VerifiedQuestion {
  question: Question;
  /** Of the signed text. */
  digest: string;
  /** The fingerprint and the name of the key that signed the text. */
  fingerprint: string;
  author: string;
  /** When the author signed it, according to the signature. */
  signedat: string;
}

interface Asked {
  name: string;
  /** Undefined for the newest. */
  version: number | undefined;
}

/**
 * Verifies that one of these people has signed this very text, and that the text is of the question and version that were
 * asked for. No platform can show another text, or one version in the place of another.
 */
export async function verifyQuestion(
  { version: shownVersion, document, signature }: QuestionView,
  signers: Signers,
  { name, version = shownVersion }: Asked,
): Promise<VerifiedQuestion> {
  const fingerprint = await signerOf({ document, signature }, signers);
  const question = parseQuestion(document);
  if (question.name !== name || question.version !== version) {
    throw new MigError(
      'signature_wrong',
      `the API shows version ${question.version} of ${question.name} as version ${version} of ${name}`,
    );
  }
  checkQuestionContent(question, patternProblem);
  return {
    question,
    digest: questionDigest(document),
    fingerprint,
    author: signers.nameOf(fingerprint),
    signedat: new Date(await signatureTimeMs(signature)).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** The key that signed a text. Throws `signature_wrong` unless it is one of these people's. */
export async function signerOf(
  { document, signature }: Pick<QuestionView, 'document' | 'signature'>,
  { keyring, reasonForOthers }: Signers,
): Promise<string> {
  try {
    return await verifySignature([document], signature, { keyring, nowMs: Date.now() });
  } catch (cause) {
    const isStranger = errorCode(cause) === 'signature_unknown_signer';
    const why = `${errorMessage(cause)}${isStranger ? `: ${reasonForOthers}` : ''}`;
    throw new MigError('signature_wrong', `the question does not count: ${why}`, { cause });
  }
}
