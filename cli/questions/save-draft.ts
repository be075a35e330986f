import { randomUUID } from 'node:crypto';
import { listQuestionVersions, saveQuestion } from '../../contract/api/questions.ts';
import { errorCode, MigError } from '../../contract/errors.ts';
import {
  checkQuestionContent,
  MAX_QUESTION_BYTES,
  type Question,
  questionDigest,
  questionText,
} from '../../contract/question/document.ts';
import { exampleValues, fillOperations } from '../../contract/question/fill.ts';
import { patternProblem } from '../../platform/re2/pattern-problem.ts';
import { confirmSignature } from '../action/review.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { lineDifference } from '../terminal/line-difference.ts';
import { checkFilled } from './check-operations.ts';
import { requireReader } from './known-signers.ts';
import { type LoadedQuestion, loadQuestion } from './load-question.ts';
import type { QuestionDraft } from './question-file.ts';
import { contentLines } from './question-lines.ts';
import { openSeen } from './seen.ts';

interface Saving {
  name: string;
  draft: QuestionDraft;
  comment: string;
  keys: string | undefined;
}

/** Shows what changes, signs the next version of a question and saves it. Returns the exit code. */
export async function saveDraft(session: CliSession, saving: Saving): Promise<number> {
  const { api, output, signer, options } = session;
  const { name, draft } = saving;
  checkContent(session, draft);
  const base = await findBase(session, saving);
  const question = nextVersion(saving, base);
  const document = questionText(question);
  if (Buffer.byteLength(document) > MAX_QUESTION_BYTES)
    throw new MigError('usage', `question ${name} is over ${MAX_QUESTION_BYTES} bytes`);
  const changes = changedLines(question, base);
  if (changes.length === 0) {
    output.note(`version ${base?.question.version} of ${name} is this already: nothing was saved`);
    return EXIT.ok;
  }
  output.note(headLine(question, base));
  for (const line of changes) output.note(`  ${line}`);
  requireReader(session, { areOwn: draft.areOwn, what: 'whose keys have signed it' });
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const signature = await signer.sign(document);
  const { question: saved } = await api.call(
    saveQuestion,
    { question: document, signature },
    { idempotencyKey: randomUUID() },
  );
  const seen = openSeen(session);
  seen.keep(name, { version: saved.version, digest: questionDigest(document) });
  await seen.save(output.note);
  if (options.json)
    output.json(JSON.stringify({ name, version: saved.version, digest: questionDigest(document) }));
  else output.answer(`version ${saved.version} of question ${name} saved`);
  output.note(`mig ask ${name} asks it; mig ask ${name} help shows its parameters`);
  return EXIT.ok;
}

function checkContent({ output }: CliSession, { content }: QuestionDraft): void {
  try {
    checkQuestionContent(content, patternProblem);
  } catch (error) {
    if (errorCode(error) !== 'parameter_invalid') throw error;
    throw new MigError('usage', error instanceof Error ? error.message : '', { cause: error });
  }
  const values = exampleValues(content);
  if (values !== undefined) {
    checkFilled(fillOperations(content, values));
    return;
  }
  const lacking = content.parameters.find(({ required, example }) => required && example === undefined);
  output.note(`the operations are checked when somebody asks: parameter ${lacking?.name} has no example`);
}

/** The version that the draft changes: the one that it names, or else the newest. Undefined for a new question. */
async function findBase(
  session: CliSession,
  { name, draft, keys }: Saving,
): Promise<LoadedQuestion | undefined> {
  if (draft.base !== undefined) return loadQuestion(session, { name, version: draft.base, keys });
  const [newest] = await newestVersion(session, name);
  return newest === undefined ? undefined : loadQuestion(session, { name, version: newest, keys });
}

/** Also of a removed question, which the next version brings back. */
async function newestVersion({ api }: CliSession, name: string): Promise<number[]> {
  try {
    const { questions } = await api.call(listQuestionVersions, { name, limit: 1, offset: 0 });
    return questions.map(({ version }) => version);
  } catch (error) {
    if (errorCode(error) === 'not_found') return [];
    throw error;
  }
}

function nextVersion({ name, draft, comment }: Saving, base: LoadedQuestion | undefined): Question {
  return {
    name,
    version: (base?.question.version ?? 0) + 1,
    previous: base?.digest ?? null,
    comment,
    ...draft.content,
  };
}

function changedLines(question: Question, base: LoadedQuestion | undefined): string[] {
  const lines = contentLines(question);
  if (base === undefined) return lines;
  const changes = lineDifference(contentLines(base.question), lines);
  const isSame = base.view.removed === null && changes.every((line) => line.startsWith('  '));
  return isSame ? [] : changes;
}

function headLine({ name, version }: Question, base: LoadedQuestion | undefined): string {
  if (base === undefined) return `question ${name}, version ${version}:`;
  const { author, fingerprint } = base;
  return `question ${name}, version ${version}, changed since version ${version - 1} by ${author} (${fingerprint}):`;
}
