import type { CommandView } from '../../contract/api-responses.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { answeredCommands } from '../action/results.ts';
import type { ApiClient } from '../api/api-client.ts';
import { requireOneOf } from '../command-line.ts';
import { ANSWER_TABLE } from '../records/command-table.ts';
import { createRecordList } from '../terminal/record-list.ts';
import type { Call } from './order.ts';

export const SHOWS = ['all', 'found', 'notfound'] as const;
type Show = (typeof SHOWS)[number];

const ENDINGS: Record<Show, string> = {
  all: '',
  found: ' whose agents found something',
  notfound: ' whose agents found nothing',
};

/** `list [all|found|notfound]`: a line for each command of an action, page by page. */
export async function listCommands(
  { session, words, passes, isFiltered }: Call,
  id: number,
): Promise<undefined> {
  const show = requireOneOf('list: the word after it', words[0] ?? 'all', SHOWS);
  const { api, output } = session;
  let count = 0;
  const counted = {
    ...output,
    answer(line: string) {
      if (passes(line)) count++;
      output.answer(line);
    },
  };
  const format = isFiltered ? 'wide' : 'table';
  const list = createRecordList({ output: counted, format, table: ANSWER_TABLE });
  for await (const record of commandsOf(api, { id, show })) await list.add(record);
  list.end();
  output.note(`${countOf(count, 'command')}${ENDINGS[show]}`);
}

function commandsOf(
  api: Pick<ApiClient, 'search'>,
  { id, show }: { id: number; show: Show },
): AsyncIterable<CommandView> {
  if (show === 'all') return api.search('command', { actionid: id });
  return answeredCommands(api, { id, isFound: show === 'found' });
}
