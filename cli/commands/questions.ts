import { diffQuestionCommand } from './questions/diff.ts';
import { exportQuestionsCommand, importQuestionsCommand } from './questions/export.ts';
import { questionHistoryCommand } from './questions/history.ts';
import { listQuestionsCommand } from './questions/list.ts';
import { removeQuestionCommand } from './questions/remove.ts';
import { saveQuestionCommand } from './questions/save.ts';
import { showQuestionCommand } from './questions/show.ts';
import { runVerb } from './run-verb.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['list', listQuestionsCommand],
  ['show', showQuestionCommand],
  ['save', saveQuestionCommand],
  ['history', questionHistoryCommand],
  ['diff', diffQuestionCommand],
  ['remove', removeQuestionCommand],
  ['export', exportQuestionsCommand],
  ['import', importQuestionsCommand],
]);

/** `mig questions <verb> …`: saved questions. */
export function questionsCommand(args: readonly string[]): Promise<number> {
  return runVerb('questions', COMMANDS, args);
}
