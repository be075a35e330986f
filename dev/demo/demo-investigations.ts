import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit-codes.ts';
import { answerLines } from '../../cli/terminal/result-lines.ts';
import { CommandView } from '../../contract/api-responses.ts';
import { type CliRun, createInvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import type { StackFile } from '../stack/stack-file.ts';
import { print } from '../terminal.ts';
import { ROOT_PASSWORD_ACTION } from './demo-actions.ts';
import type { DemoLinks } from './demo-links.ts';

/** Mig's exit status when agents refuse. */
const REFUSED: readonly number[] = [EXIT.incomplete];
const ALL_AGENTS = ['-t', "os='linux'", '-e', '60s'];
const FIND_RESOLVERS = ['-path', '/etc', '-name', '\\.conf$', '-content', '^nameserver'];
const FIND_PASSWD = ['-path', '/etc', '-name', '^passwd$', '-maxdepth', '1'];

/** Runs the investigations of the demo and prints what each agent answered. */
export async function demoInvestigations(
  stack: StackFile,
  { home, linkTo }: { home: string; linkTo: DemoLinks },
): Promise<void> {
  const people = await loadPeople(join(home, 'keys'));
  const bob = createInvestigatorCli({ home, apiUrl: stack.api.url, key: people.bob });
  const john = createInvestigatorCli({ home, apiUrl: stack.api.url, key: people.john });
  const writeAction = (name: string, action: string) => {
    const path = join(home, `${name}.json`);
    writeFileSync(path, action);
    return path;
  };

  title('Are root passwords hashed and salted? (the action of the concepts document)');
  const rootPassword = writeAction('root-password', JSON.stringify(ROOT_PASSWORD_ACTION));
  show(linkTo, await bob.mig(['-i', rootPassword, '-e', '60s', '--json']));

  title('Which files in /etc name a resolver? (a content search over the real /etc)');
  show(linkTo, await bob.mig(['file', ...ALL_AGENTS, ...FIND_RESOLVERS, '--json']));

  title('John Smith (weight 1) acts alone where weight 2 is needed');
  show(linkTo, await john.mig(['file', ...ALL_AGENTS, ...FIND_PASSWD, '--json']), REFUSED);

  title('John Smith signs, Bob Kelso (weight 2) signs on top and launches');
  const signed = await john.mig(['file', ...ALL_AGENTS, ...FIND_PASSWD, '-n', 'signed by two', '-s']);
  show(linkTo, await bob.mig(['-i', writeAction('signed-by-john', signed.stdout), '--json']));
}

/** Prints what `mig` found, agent by agent. Throws when its exit status is not one of those expected. */
function show(linkTo: DemoLinks, run: CliRun, expected: readonly number[] = [EXIT.ok, EXIT.errors]): void {
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
  if (status === 'failed') return `${failure}: ${errors || 'no reason given'}`;
  if (status !== 'success') return `no answer: ${status}`;
  return results?.some(({ foundanything }) => foundanything) ? 'found' : 'not found';
}

function title(text: string): void {
  print(`\n${text}`);
}
