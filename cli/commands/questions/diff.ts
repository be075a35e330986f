import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadQuestion, readVersion, requireQuestionName } from '../../questions/load-question.ts';
import { authorLines, contentLines } from '../../questions/question-lines.ts';
import { openSession } from '../../session.ts';
import { lineDifference } from '../../terminal/line-difference.ts';

/** `mig questions diff <name>`: what the newest version changed, or what lies between two. */
export async function diffQuestionCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions diff'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { from: 'string', version: 'string', keys: 'string' },
    words: [1, 1],
  });
  const name = requireQuestionName(words[0], usage);
  const [from, version] = [readVersion(value('from')), readVersion(value('version'))];
  const keys = value('keys');
  const session = await openSession(options);
  const after = await loadQuestion(session, { name, version, keys });
  const first = from ?? after.question.version - 1;
  if (first === 0)
    throw new MigError('usage', `question ${name} has one version only: there is nothing to compare`);
  const before = await loadQuestion(session, { name, version: first, keys });
  const { output } = session;
  for (const [sign, loaded] of [
    ['---', before],
    ['+++', after],
  ] as const) {
    output.answer(`${sign} version ${loaded.question.version} ${authorLines(loaded)[0]}`, 'bold');
  }
  for (const line of lineDifference(contentLines(before.question), contentLines(after.question))) {
    output.answer(line, line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim');
  }
  return EXIT.ok;
}
