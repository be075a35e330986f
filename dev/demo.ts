import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandView } from '../cli/api-client.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { answerLines } from '../cli/output.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { parseDevArguments } from './arguments.ts';
import { ROOT_PASSWORD_ACTION } from './demo-actions.ts';
import { demoUpgrade } from './demo-upgrade.ts';
import { createInvestigatorCli } from './investigator.ts';
import { runCommand, say } from './run-command.ts';
import { loadPeople } from './seed.ts';
import { down, type StackFile, stackHome, up } from './stack.ts';

const HELP = `npm run demo -- [upgrade] [--once] [--agents N] [--install]

Starts the whole platform with three agents and runs real investigations on this machine: the root password check of
the concepts document, a content search over /etc, and an action that needs two signatures. --once stops it again.

With "upgrade": three agents of one version are brought to the next one, which is built on the spot.
`;

await runCommand(async () => {
  const [first, ...others] = process.argv.slice(2);
  const isUpgrade = first === 'upgrade';
  const args = isUpgrade ? others : process.argv.slice(2);
  const { agents, install, once, help } = parseDevArguments(args, isUpgrade ? 0 : 3);
  if (help) return void process.stdout.write(HELP);
  const home = stackHome();
  const stack = await up({ home, agents, install, say });
  try {
    if (isUpgrade) await demoUpgrade(stack, { home, print, say });
    else await runDemo(stack, home);
  } finally {
    if (once) await down(home);
  }
  if (!once)
    print(`\nThe stack runs on: ${stack.temporal.uiUrl} shows the workflows, npm run down stops it.`);
});

async function runDemo(stack: StackFile, home: string): Promise<void> {
  const people = await loadPeople(join(home, 'keys'));
  const bob = createInvestigatorCli({ home, apiUrl: stack.api.url, key: people.bob });
  const john = createInvestigatorCli({ home, apiUrl: stack.api.url, key: people.john });
  const file = (name: string, content: string) => {
    const path = join(home, `${name}.json`);
    writeFileSync(path, content);
    return path;
  };

  title('Are root passwords hashed and salted? (the action of the concepts document)');
  const rootPassword = file('root-password', JSON.stringify(ROOT_PASSWORD_ACTION));
  show(stack, await bob.mig(['-i', rootPassword, '-e', '60s', '--json']));

  title('Which files in /etc name a resolver? (a content search over the real /etc)');
  const search = [
    '-t',
    "os='linux'",
    '-e',
    '60s',
    '-path',
    '/etc',
    '-name',
    '\\.conf$',
    '-content',
    '^nameserver',
  ];
  show(stack, await bob.mig(['file', ...search, '--json']));

  title('John Smith (weight 1) acts alone where weight 2 is needed');
  const passwd = [
    'file',
    '-t',
    "os='linux'",
    '-e',
    '60s',
    '-path',
    '/etc',
    '-name',
    '^passwd$',
    '-maxdepth',
    '1',
  ];
  show(stack, await john.mig([...passwd, '--json']), [EXIT.incomplete]);

  title('John Smith signs, Bob Kelso (weight 2) signs on top and launches');
  const signed = await john.mig([...passwd, '-n', 'signed by two', '-s']);
  show(stack, await bob.mig(['-i', file('signed-by-john', signed.stdout), '--json']));
}

/** Prints what the `mig` program found, agent by agent; throws when it ended otherwise than expected. */
function show(
  stack: StackFile,
  run: { status: number | null; stdout: string; stderr: string },
  expected: readonly number[] = [EXIT.ok, EXIT.errors],
): void {
  if (!expected.includes(run.status ?? EXIT.error))
    throw new Error(`mig ended with ${run.status}, not ${expected.join(' or ')}: ${run.stderr}`);
  const { action, commands } = JSON.parse(run.stdout) as {
    action: { id: number; status: string };
    commands: unknown[];
  };
  const answers = commands.map((record) => CommandView.parse(record));
  for (const answer of answers.sort((a, b) => (a.agent.name < b.agent.name ? -1 : 1))) {
    const results = answer.results ?? [];
    const refused =
      answer.status === 'success' ? '' : ` (${answer.status}: ${results[0]?.errors?.join('; ')})`;
    print(
      `  ${answer.agent.name}: ${results.some(({ foundanything }) => foundanything) ? 'found' : 'not found'}${refused}`,
    );
    for (const line of answerLines(answer, { foundOnly: true }))
      print(`    ${line.slice(answer.agent.name.length + 1)}`);
  }
  const link = `${stack.temporal.uiUrl}/namespaces/${stack.temporal.namespace}/workflows/${actionWorkflowId(action.id)}`;
  print(`  action ${action.id} ${action.status}: ${link}`);
}

function title(text: string): void {
  print(`\n${text}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
