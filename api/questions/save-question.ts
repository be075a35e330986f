import { MigError } from '../../contract/errors.ts';
import { checkQuestionContent, parseQuestion, questionDigest } from '../../contract/question/document.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  countSavedToday,
  insertQuestion,
  questionVersion,
} from '../../platform/postgres/queries/questions.ts';
import { isLargePattern, patternProblem } from '../../platform/re2/pattern-problem.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { verifyOwnSignature } from '../auth/own-signature.ts';
import type { ApiDeps } from '../context.ts';

/** Requests at once may exceed it by a few. */
const MAX_DAILY_EACH = 500;

interface Saving {
  document: string;
  signature: string;
  caller: AuditCaller;
}

/** Stores the next version of a question, signed by the caller. Returns what names it. */
export async function saveQuestion(
  deps: ApiDeps,
  { document, signature, caller }: Saving,
): Promise<{ name: string; version: number }> {
  const question = parseQuestion(document);
  checkQuestionContent(question, regexProblem);
  const { keyring } = await deps.loadKeyring();
  await verifyOwnSignature(
    { parameter: 'signature', texts: [document], signature, fingerprint: caller.fingerprint },
    { keyring, nowMs: deps.now() },
  );
  const { name, version, previous, description } = question;
  // A client that lost the answer sends the same again.
  const stored = await questionVersion(deps.pool, { name, version });
  if (stored?.document === document) return { name, version };
  await requireRoom(deps.pool, caller.investigatorId);
  const digest = questionDigest(document);
  await auditedChange(deps, async (db) => {
    const isNext = await insertQuestion(db, {
      name,
      version,
      document,
      digest,
      previous,
      signature,
      description,
      savedby: caller.investigatorId,
    });
    if (!isNext) throw await notNext(db, { name, version });
    const detail = { name, version, digest };
    return { result: undefined, entry: { ...caller, kind: 'question_saved', outcome: 'done', detail } };
  });
  return { name, version };
}

function regexProblem(pattern: string): string | undefined {
  return isLargePattern(pattern) ? 'is a pattern that takes too long to compile' : patternProblem(pattern);
}

async function requireRoom(db: Queryable, investigatorId: number): Promise<void> {
  const count = await countSavedToday(db, investigatorId);
  if (count < MAX_DAILY_EACH) return;
  throw new MigError('rate_limited', `you have saved ${count} versions of questions within a day: wait`);
}

async function notNext(
  db: Queryable,
  { name, version }: { name: string; version: number },
): Promise<MigError> {
  const newest = await questionVersion(db, { name, version: undefined });
  const is = newest === undefined ? 'has none yet' : `has version ${newest.version} as its newest`;
  return new MigError(
    'conflict',
    `version: ${version} does not follow: question ${name} ${is}; read that one, and save your change again`,
  );
}
