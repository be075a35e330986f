import { listQuestionVersions } from '../../contract/api/questions.ts';
import { MigError } from '../../contract/errors.ts';
import type { QuestionView } from '../../contract/question/view.ts';
import type { CliSession } from '../session.ts';
import { loadKnownSigners } from './known-signers.ts';
import { openSeen } from './seen.ts';
import { type ShownQuestion, verifyEach } from './shown-question.ts';

const PAGE = 100;
/** More than anybody saves. An API whose list never ends must not exhaust the memory. */
const MAX_VERSIONS = 2_000;

/** A version of a history, with what does not fit the version after it. */
export interface HistoryEntry {
  shown: ShownQuestion;
  /** Why the chain of versions is broken here; undefined when it is whole. */
  gap: string | undefined;
}

/** The versions of a question, the newest first. Each names the digest of the one before, so that none can be left out or changed. */
export async function loadHistory(
  session: CliSession,
  { name, keys }: { name: string; keys: string | undefined },
): Promise<HistoryEntry[]> {
  const views = await loadVersions(session, name);
  const { signers } = await loadKnownSigners(session, views, keys);
  const all = await verifyEach(views, signers, name);
  const newest = all[0]?.verified;
  const seen = openSeen(session);
  if (newest !== undefined) {
    const shown = { version: newest.question.version, digest: newest.digest };
    seen.requireNewest(name, shown);
    seen.keep(name, shown);
    await seen.save(session.output.note);
  }
  return all.map((shown, index) => ({ shown, gap: gapBetween(all[index - 1], shown, all[index + 1]) }));
}

async function loadVersions({ api }: CliSession, name: string): Promise<QuestionView[]> {
  const views: QuestionView[] = [];
  while (views.length < MAX_VERSIONS) {
    const { questions } = await api.call(listQuestionVersions, { name, limit: PAGE, offset: views.length });
    views.push(...questions);
    if (questions.length < PAGE) return views;
  }
  throw new MigError('unavailable', `the API sends over ${MAX_VERSIONS} versions of ${JSON.stringify(name)}`);
}

function gapBetween(
  after: ShownQuestion | undefined,
  { verified }: ShownQuestion,
  before: ShownQuestion | undefined,
): string | undefined {
  if (verified === undefined) return undefined;
  const { version, previous } = verified.question;
  if (before === undefined && version > 1) return `version ${version - 1} is missing`;
  if (before?.verified !== undefined && before.verified.digest !== previous) {
    return `it was made from another text of version ${version - 1} than this one`;
  }
  if (after?.verified !== undefined && after.verified.question.version !== version + 1) {
    return `version ${version + 1} is missing`;
  }
  return undefined;
}
