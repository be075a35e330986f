import { EXIT } from '../../cli/exit-codes.ts';
import { answerLines } from '../../cli/terminal/result-lines.ts';
import { CommandView } from '../../contract/api-responses.ts';
import type { CliRun } from '../stack/investigator.ts';
import { print } from '../terminal.ts';
import type { DemoLinks } from './demo-links.ts';

/** Mig's exit status when agents refuse. */
export const REFUSED: readonly number[] = [EXIT.incomplete];

/** Prints what `mig` found, agent by agent. Throws when its exit status is not one of those expected. */
export function showAnswers(
  linkTo: DemoLinks,
  run: CliRun,
  expected: readonly number[] = [EXIT.ok, EXIT.errors],
): void {
  if (run.status === null || !expected.includes(run.status))
    throw new Error(`mig ended with ${run.status}, not ${expected.join(' or ')}: ${run.stderr}`);
  const { action, commands } = JSON.parse(run.stdout) as {
    action: { id: number; status: string };
    commands: unknown[];
  };
  const answers = commands
    .map((record) => CommandView.parse(record))
    .sort((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
  for (const answer of answers) {
    print(`  ${answer.agent.name}: ${outcomeOf(answer, expected === REFUSED ? 'refused' : 'failed')}`);
    const lines = answerLines(answer, { foundOnly: true });
    for (const line of lines) print(`    ${line.slice(answer.agent.name.length + 1)}`);
  }
  const link = linkTo(action.id);
  print(`  action ${action.id} ${action.status}${link === undefined ? '' : `: ${link}`}`);
}

/** Only a successful answer may read "not found". */
function outcomeOf({ status, results }: CommandView, failure: string): string {
  const errors = (results ?? []).flatMap((result) => result.errors ?? []).join('; ');
  const isFailed = status === 'failed' || results?.some(({ success }) => !success);
  if (isFailed) return `${failure}: ${errors || 'no reason given'}`;
  if (status !== 'success') return `no answer: ${status}`;
  return results?.some(({ foundanything }) => foundanything) ? 'found' : 'not found';
}
