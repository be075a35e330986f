import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit-codes.ts';
import { answerLines } from '../../cli/terminal/result-lines.ts';
import { CommandView } from '../../contract/answers.ts';
import { readNumber, runCommand, usage } from '../../platform/command-line.ts';
import { print, say } from '../say.ts';
import { readExternalServices } from '../stack/external.ts';
import { createInvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import { SetupError } from '../stack/setup-error.ts';
import { DEMO_FOLDER, down, type StackFile, stackHome, stackOwner, up } from '../stack/stack.ts';
import { ROOT_PASSWORD_ACTION } from './demo-actions.ts';
import { type DemoLinks, demoLinks } from './demo-links.ts';
import { demoUpgrade } from './demo-upgrade.ts';

const USAGE = `npm run demo -- [upgrade] [--once] [--agents N] [--install]

Starts the whole platform with three agents and runs real investigations on this machine: the root password check of
the concepts document, a content search over /etc, and an action that needs two signatures. --once stops it again.

With "upgrade": three agents of one version are brought to the next one, which is built on the spot.

A stack that npm run up started is left alone: beside it the demo has one of its own, which ends with the demo.
`;

const MAX_AGENTS = 9999;
/** How `mig` ends when agents failed to answer; here they refuse. */
const REFUSED: readonly number[] = [EXIT.incomplete];

await runCommand(
  {
    usage: USAGE,
    words: 1,
    options: { agents: { type: 'string' }, install: { type: 'boolean' }, once: { type: 'boolean' } },
  },
  async ({ agents, install = false, once = false }, [word]) => {
    if (word !== undefined && word !== 'upgrade') throw usage(`unknown argument: ${word}`);
    const isUpgrade = word === 'upgrade';
    const count = readNumber('--agents', agents, {
      byDefault: isUpgrade ? 0 : 3,
      min: isUpgrade ? 0 : 1,
      max: MAX_AGENTS,
    });
    const isBeside = stackOwner(stackHome()) === 'up';
    const home = isBeside ? join(stackHome(), DEMO_FOLDER) : stackHome();
    // On services of the environment both would share a database and a vhost.
    if (isBeside && Object.keys(readExternalServices(process.env)).length > 0)
      throw new SetupError(
        'a stack of npm run up uses services of the environment: end it with npm run down first',
      );
    if (isBeside) say(`the stack in ${stackHome()} is left alone; this demo has one of its own in ${home}`);
    const stack = await up({ home, agents: count, install, say, startedBy: 'demo' });
    const isStopped = once || isBeside;
    const isLasting = !isStopped || readExternalServices(process.env).temporal !== undefined;
    const linkTo = demoLinks(stack, { isLasting });
    try {
      if (isUpgrade) await demoUpgrade(stack, { home, print, say, linkTo });
      else await runDemo(stack, { home, linkTo });
    } finally {
      if (isStopped) await down(home);
    }
    print(
      isStopped
        ? `\nThe stack of this demo is stopped. One that stays (npm run down first, no --once) shows each action in Temporal's UI.`
        : `\nThe stack runs on: ${stack.temporal.uiUrl} shows the workflows, npm run down stops it.`,
    );
    return 0;
  },
);

async function runDemo(
  stack: StackFile,
  { home, linkTo }: { home: string; linkTo: DemoLinks },
): Promise<void> {
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
  show(linkTo, await bob.mig(['-i', rootPassword, '-e', '60s', '--json']));

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
  show(linkTo, await bob.mig(['file', ...search, '--json']));

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
  show(linkTo, await john.mig([...passwd, '--json']), REFUSED);

  title('John Smith signs, Bob Kelso (weight 2) signs on top and launches');
  const signed = await john.mig([...passwd, '-n', 'signed by two', '-s']);
  show(linkTo, await bob.mig(['-i', file('signed-by-john', signed.stdout), '--json']));
}

/** Prints what the `mig` program found, agent by agent; throws when it ended otherwise than expected. */
function show(
  linkTo: DemoLinks,
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
    print(`  ${answer.agent.name}: ${outcome(answer, expected === REFUSED ? 'refused' : 'failed')}`);
    for (const line of answerLines(answer, { foundOnly: true }))
      print(`    ${line.slice(answer.agent.name.length + 1)}`);
  }
  const link = linkTo(action.id);
  print(`  action ${action.id} ${action.status}${link === undefined ? '' : `: ${link}`}`);
}

/** What one agent said, where only an answer that succeeded may say that nothing was found. */
function outcome({ status, results }: CommandView, failure: string): string {
  const errors = (results ?? []).flatMap((result) => result.errors ?? []).join('; ');
  if (status === 'failed') return `${failure}: ${errors || 'no reason given'}`;
  if (status !== 'success') return `no answer: ${status}`;
  return results?.some(({ foundanything }) => foundanything) ? 'found' : 'not found';
}

function title(text: string): void {
  print(`\n${text}`);
}
