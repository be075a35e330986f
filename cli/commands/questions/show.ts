import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadQuestion, readVersion, requireQuestionName } from '../../questions/load-question.ts';
import { questionJson, questionLines } from '../../questions/question-lines.ts';
import { openSession } from '../../session.ts';

/** `mig questions show <name>`: a version, its author verified; with `--json` as a file to change and save. */
export async function showQuestionCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions show'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { version: 'string', keys: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const name = requireQuestionName(words[0], usage);
  const version = readVersion(value('version'));
  const session = await openSession(options);
  const loaded = await loadQuestion(session, { name, version, keys: value('keys') });
  if (options.json) {
    session.output.json(questionJson(loaded));
    return EXIT.ok;
  }
  for (const line of questionLines(loaded)) session.output.answer(line);
  session.output.note(`mig ask ${name} asks it`);
  return EXIT.ok;
}
