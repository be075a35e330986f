import { removeQuestion } from '../../../contract/api/questions.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadQuestion, requireQuestionName } from '../../questions/load-question.ts';
import { questionLines } from '../../questions/question-lines.ts';
import { openSeen } from '../../questions/seen.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';

/** `mig questions remove <name>`: removes a question from the list. Its versions stay readable. */
export async function removeQuestionCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions remove'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { keys: 'string' },
    allowed: ['y'],
    words: [1, 1],
  });
  const name = requireQuestionName(words[0], usage);
  const session = await openSession(options);
  const loaded = await loadQuestion(session, { name, version: undefined, keys: value('keys') });
  const { version } = loaded.question;
  const { output } = session;
  for (const line of questionLines(loaded)) output.note(line);
  if (!(await confirm(`remove question ${name}?`, session))) return EXIT.cancelled;
  await session.api.call(removeQuestion, { name, version });
  const seen = openSeen(session);
  seen.forget(name);
  await seen.save(output.note);
  output.answer(`question ${name} removed`);
  output.note(`mig questions show ${name} -version ${version} still reads it`);
  return EXIT.ok;
}
