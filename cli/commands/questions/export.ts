import { parseCommandLine } from '../../command-line.ts';
import { EXIT, worseOf } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { exportedLine, readExported } from '../../questions/exported.ts';
import { loadKnownSigners } from '../../questions/known-signers.ts';
import { loadQuestion, readVersion, requireQuestionName } from '../../questions/load-question.ts';
import { saveDraft } from '../../questions/save-draft.ts';
import { signerOf } from '../../questions/verify-question.ts';
import { openSession } from '../../session.ts';

const MAX_NAMES = 1000;

/** `mig questions export <name> …`: prints questions as their authors signed them, one on each line. */
export async function exportQuestionsCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions export'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { version: 'string', keys: 'string' },
    words: [1, MAX_NAMES],
  });
  const version = readVersion(value('version'));
  const names = words.map((word) => requireQuestionName(word, usage));
  const session = await openSession(options);
  for (const name of names) {
    const { view } = await loadQuestion(session, { name, version, keys: value('keys') });
    session.output.json(exportedLine(view));
  }
  return EXIT.ok;
}

/** `mig questions import <file>`: signs exported questions as the next versions here, after their authors were verified. */
export async function importQuestionsCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['questions import'],
    flags: { keys: 'string' },
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const exported = readExported(words[0] ?? '');
  const session = await openSession(options);
  const keys = value('keys');
  const { signers, areOwn } = await loadKnownSigners(session, exported, keys);
  let exitCode: number = EXIT.ok;
  for (const one of exported) {
    const { name, version, previous: _, comment: __, ...content } = one.question;
    const fingerprint = await signerOf(one, signers);
    session.output.note(
      `version ${version} of ${name}, written by ${signers.nameOf(fingerprint)} (${fingerprint})`,
    );
    const comment = `imported: version ${version} by ${fingerprint}`;
    const saved = await saveDraft(session, {
      name,
      draft: { content, base: undefined, areOwn },
      comment,
      keys,
    });
    exitCode = worseOf(exitCode, saved);
  }
  return exitCode;
}
