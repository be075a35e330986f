import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import type { StackFile } from '../stack/stack-file.ts';
import { print } from '../terminal.ts';
import { ROOT_PASSWORD_ACTION } from './demo-actions.ts';
import { REFUSED, showAnswers } from './demo-answers.ts';
import type { DemoLinks } from './demo-links.ts';

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
  showAnswers(linkTo, await bob.mig(['-i', rootPassword, '-e', '60s', '--json']));

  title('Which files in /etc name a resolver? (a content search over the real /etc)');
  showAnswers(linkTo, await bob.mig(['file', ...ALL_AGENTS, ...FIND_RESOLVERS, '--json']));

  title('John Smith (weight 1) acts alone where weight 2 is needed');
  showAnswers(linkTo, await john.mig(['file', ...ALL_AGENTS, ...FIND_PASSWD, '--json']), REFUSED);

  title('John Smith signs, Bob Kelso (weight 2) signs on top and launches');
  const signed = await john.mig(['file', ...ALL_AGENTS, ...FIND_PASSWD, '-n', 'signed by two', '-s']);
  showAnswers(linkTo, await bob.mig(['-i', writeAction('signed-by-john', signed.stdout), '--json']));
}

function title(text: string): void {
  print(`\n${text}`);
}
