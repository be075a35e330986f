import type { CommandView } from '../../contract/api-responses.ts';
import type { CliSession } from '../session.ts';
import { fieldLines } from '../terminal/field-lines.ts';
import { resultLines } from '../terminal/result-lines.ts';
import { tableTime } from '../terminal/table-time.ts';

/** A command: its action, its agent, and the results as the modules print them. */
export function showCommand({ output }: CliSession, command: CommandView): void {
  const { id, status, action, agent, results, starttime, finishtime } = command;
  output.answer(`command ${id}: ${status}`, 'bold');
  const lines = fieldLines([
    ['action', `${action.id} ${action.name}`],
    ['agent', `${agent.id} ${agent.name}`],
    ['queueloc', agent.queueloc],
    ['started', tableTime(starttime)],
    ['finished', tableTime(finishtime)],
    ['results', (results ?? []).length === 0 ? 'none' : undefined],
  ]);
  for (const line of lines) output.answer(line);
  // An agent may send more results than there are operations.
  for (const [place, result] of (results ?? []).entries()) {
    const { module = '' } = action.operations[place] ?? {};
    const state = result.success ? (result.foundanything ? 'found' : 'not found') : 'failed';
    output.answer(`operation ${place + 1} ${module}: ${state}`, result.foundanything ? 'green' : 'bold');
    for (const line of resultLines(module, result, { foundOnly: false })) output.answer(`  ${line}`);
  }
}
