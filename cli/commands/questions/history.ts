import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type HistoryEntry, loadHistory } from '../../questions/load-history.ts';
import { requireQuestionName } from '../../questions/load-question.ts';
import { openSession } from '../../session.ts';
import { LINE_FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createLineList } from '../../terminal/record-list.ts';

/** `mig questions history <name>`: who wrote which version, each verified, and whether the versions follow each other. */
export async function questionHistoryCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['questions history'];
  const given = parseCommandLine(args, {
    usage,
    flags: { ...LINE_FORMAT_FLAGS, keys: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const name = requireQuestionName(given.words[0], usage);
  const format = readFormat(given);
  const session = await openSession(given.options);
  const entries = await loadHistory(session, { name, keys: given.value('keys') });
  const { output } = session;
  const list = createLineList<HistoryEntry>({ output, format, linesOf, toRecord });
  for (const entry of entries) await list.add(entry);
  list.end();
  const removed = entries[0]?.shown.view.removed;
  if (removed) output.note(`removed ${removed.at} by ${removed.name}, according to the API`);
  const isWhole = entries.every(({ shown, gap }) => shown.problem === undefined && gap === undefined);
  if (!isWhole)
    output.note('some versions do not count: their texts are not what their authors signed, or are missing');
  return isWhole ? EXIT.ok : EXIT.refused;
}

function linesOf({ shown, gap }: HistoryEntry): string[] {
  const { view, verified, problem } = shown;
  const gapLines = gap === undefined ? [] : [`    ${gap}`];
  if (verified === undefined) return [`v${view.version}  NOT VERIFIED: ${problem}`, ...gapLines];
  const { question, author, fingerprint, signedat } = verified;
  const comment = question.comment === '' ? '' : `: ${question.comment}`;
  return [`v${question.version}  ${signedat}  ${author} (${fingerprint})${comment}`, ...gapLines];
}

function toRecord({ shown, gap }: HistoryEntry) {
  const { view, verified, problem } = shown;
  return {
    name: view.name,
    version: view.version,
    author: verified?.author,
    fingerprint: verified?.fingerprint,
    signedat: verified?.signedat,
    comment: verified?.question.comment,
    digest: verified?.digest,
    problem: problem ?? gap,
  };
}
