import { z } from 'zod';
import { listQuestions } from '../../../contract/api/questions.ts';
import type { QuestionView } from '../../../contract/question/view.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadKnownSigners } from '../../questions/known-signers.ts';
import { openSeen } from '../../questions/seen.ts';
import { type ShownQuestion, verifyEach } from '../../questions/shown-question.ts';
import { type CliSession, openSession } from '../../session.ts';
import { FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createRecordList } from '../../terminal/record-list.ts';
import { recordTable } from '../../terminal/record-table.ts';

const PAGE = 100;

/** One question of a list, as this program has verified it. `author` is empty when nobody known has signed it. */
const Listed = z.object({
  name: z.string(),
  version: z.number(),
  author: z.string(),
  fingerprint: z.string(),
  signedat: z.string(),
  description: z.string(),
  parameters: z.array(z.string()),
  modules: z.array(z.string()),
  problem: z.string(),
});
type Listed = z.infer<typeof Listed>;

const TABLE = recordTable('question', Listed, [
  { name: 'name', kind: 'word', of: ({ name }) => name },
  { name: 'version', kind: 'number', of: ({ version }) => version },
  { name: 'author', kind: 'text', of: ({ author, problem }) => (problem === '' ? author : 'NOT VERIFIED') },
  { name: 'fingerprint', kind: 'word', isExtra: true, of: ({ fingerprint }) => fingerprint },
  { name: 'signedat', title: 'signed', kind: 'time', isExtra: true, of: ({ signedat }) => signedat || null },
  { name: 'modules', kind: 'text', of: ({ modules }) => modules.join(' ') },
  { name: 'parameters', kind: 'text', of: ({ parameters }) => parameters.join(' ') },
  { name: 'description', kind: 'text', of: ({ description, problem }) => problem || description },
]);

/** `mig questions list [<part of a name or description>]`. */
export async function listQuestionsCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['questions list'],
    flags: { ...FORMAT_FLAGS, keys: 'string' },
    allowed: ['json'],
    words: [0, 1],
  });
  const format = readFormat(given);
  const session = await openSession(given.options);
  const list = createRecordList({ output: session.output, format, table: TABLE });
  const seen = openSeen(session);
  let count = 0;
  for await (const page of pages(session, given.words[0])) {
    const { signers } = await loadKnownSigners(session, page, given.value('keys'));
    for (const shown of await verifyEach(page, signers)) {
      count++;
      const { verified } = shown;
      if (verified !== undefined) {
        seen.keep(verified.question.name, { version: verified.question.version, digest: verified.digest });
      }
      await list.add(toListed(shown));
    }
  }
  list.end();
  await seen.save(session.output.note);
  if (count === 0) session.output.note('there is no such question: mig questions save makes one');
  return EXIT.ok;
}

async function* pages({ api }: CliSession, search: string | undefined): AsyncGenerator<QuestionView[]> {
  for (let offset = 0; ; offset += PAGE) {
    const { questions } = await api.call(listQuestions, { search, limit: PAGE, offset });
    if (questions.length > 0) yield questions;
    if (questions.length < PAGE) return;
  }
}

/** The description of a text that nobody known has signed is not shown: anybody may have written it. */
function toListed({ view, verified, problem }: ShownQuestion): Listed {
  const { name, version } = view;
  return {
    name,
    version,
    author: verified?.author ?? '',
    fingerprint: verified?.fingerprint ?? '',
    signedat: verified?.signedat ?? '',
    description: verified?.question.description ?? '',
    parameters: (verified?.question.parameters ?? []).map((parameter) => parameter.name),
    modules: [...new Set((verified?.question.operations ?? []).map(({ module }) => module))],
    problem: problem ?? '',
  };
}
