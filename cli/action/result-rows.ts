import { z } from 'zod';
import type { CommandView } from '../../contract/api-responses.ts';
import type { Output } from '../terminal/output.ts';
import { createRecordList } from '../terminal/record-list.ts';
import { recordTable } from '../terminal/record-table.ts';
import { resultLines } from '../terminal/result-lines.ts';
import type { AnswerPrinter } from './answer-printers.ts';

/** The formats of answers that have a row for each line of a result. */
export type RowFormat = 'csv' | 'jsonl';

/** One line of a result as its module prints it, or a command without any: then the last four are null. */
const ResultRow = z.object({
  actionid: z.number(),
  commandid: z.number(),
  agent: z.string(),
  queueloc: z.string(),
  status: z.string(),
  /** The place of the operation in the action, from 1. */
  operation: z.number().nullable(),
  module: z.string().nullable(),
  found: z.boolean().nullable(),
  line: z.string().nullable(),
});
type ResultRow = z.infer<typeof ResultRow>;

const RESULT_TABLE = recordTable('answer', ResultRow, [
  { name: 'actionid', kind: 'id', of: ({ actionid }) => actionid },
  { name: 'commandid', kind: 'id', of: ({ commandid }) => commandid },
  { name: 'agent', kind: 'text', of: ({ agent }) => agent },
  { name: 'queueloc', kind: 'text', of: ({ queueloc }) => queueloc },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'operation', kind: 'number', of: ({ operation }) => operation },
  { name: 'module', kind: 'word', of: ({ module }) => module },
  { name: 'found', kind: 'word', of: ({ found }) => (found === null ? null : found ? 'yes' : 'no') },
  { name: 'line', kind: 'text', of: ({ line }) => line },
]);

/** Prints a row for each command and line of its results; `foundOnly` leaves out what found nothing. */
export function createRowPrinter(
  output: Output,
  { format, foundOnly }: { format: RowFormat; foundOnly: boolean },
): AnswerPrinter {
  const list = createRecordList({ output, format, table: RESULT_TABLE });
  return {
    async add(command) {
      for (const row of rowsOf(command, { foundOnly })) await list.add(row);
      return (command.results ?? []).length > 0;
    },
    end() {
      list.end();
    },
  };
}

function rowsOf(
  { id, status, action, agent, results }: CommandView,
  { foundOnly }: { foundOnly: boolean },
): ResultRow[] {
  const command = {
    actionid: action.id,
    commandid: id,
    agent: agent.name,
    queueloc: agent.queueloc,
    status,
  };
  const rows = (results ?? []).flatMap((result, place) => {
    const module = action.operations[place]?.module ?? '';
    const lines = resultLines(module, result, { foundOnly });
    return lines.map((line) => ({
      ...command,
      operation: place + 1,
      module,
      found: result.foundanything,
      line,
    }));
  });
  if (rows.length > 0) return rows;
  return [{ ...command, operation: null, module: null, found: null, line: null }];
}
