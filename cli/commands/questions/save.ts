import { MigError } from '../../../contract/errors.ts';
import { MAX_COMMENT } from '../../../contract/question/document.ts';
import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { readVersion, requireQuestionName } from '../../questions/load-question.ts';
import { type QuestionDraft, readQuestionFile } from '../../questions/question-file.ts';
import { questionOfAction } from '../../questions/question-of-action.ts';
import { saveDraft } from '../../questions/save-draft.ts';
import { type CliSession, openSession } from '../../session.ts';

/** `mig questions save <name> <file>|-from-action <id>`: signs the next version of a question, and saves it. */
export async function saveQuestionCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions save'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { 'from-action': 'string', base: 'string', comment: 'string', keys: 'string' },
    allowed: ['y', 'json'],
    words: [1, 2],
  });
  const name = requireQuestionName(words[0], usage);
  const [, file] = words;
  const actionId = value('from-action');
  if ((file === undefined) === (actionId === undefined))
    throw new MigError('usage', `a file or -from-action is needed; ${usage}`);
  if (actionId !== undefined && !/^\d{1,16}$/.test(actionId))
    throw new MigError('usage', `-from-action needs the id of an action, not ${JSON.stringify(actionId)}`);
  const comment = value('comment') ?? '';
  if (comment.length > MAX_COMMENT)
    throw new MigError('usage', `-comment must have at most ${MAX_COMMENT} characters`);
  const base = readVersion(value('base'));
  const session = await openSession(options);
  const draft = await readDraft(session, { name, file, actionId, keys: value('keys') });
  return saveDraft(session, {
    name,
    draft: { ...draft, base: base ?? draft.base },
    comment: comment === '' && actionId !== undefined ? `made of action ${actionId}` : comment,
    keys: value('keys'),
  });
}

async function readDraft(
  session: CliSession,
  {
    name,
    file,
    actionId,
    keys,
  }: { name: string; file: string | undefined; actionId: string | undefined; keys: string | undefined },
): Promise<QuestionDraft> {
  if (file !== undefined) return readQuestionFile(file, name);
  return { ...(await questionOfAction(session, { id: actionId ?? '', keys })), base: undefined };
}
