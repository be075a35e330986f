import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit-codes.ts';
import { allModules } from '../../modules/all-modules.ts';
import { commandLine } from '../../modules/help-text.ts';
import type { Module } from '../../modules/module.ts';
import { createInvestigatorCli, type InvestigatorCli } from '../stack/investigator.ts';
import { loadPeople } from '../stack/seed.ts';
import type { StackFile } from '../stack/stack-file.ts';
import { print } from '../terminal.ts';
import { showAnswers } from './demo-answers.ts';
import type { DemoLinks } from './demo-links.ts';
import { demoOf } from './module-demos.ts';

const TARGET = "os='linux'";
const EXPIRY = ['-e', '60s'];
const ANSWERED: readonly number[] = [EXIT.ok, EXIT.errors, EXIT.incomplete];

/** Asks the agents one question of each module, and prints the question, the command line and the answers. */
export async function demoModules(
  stack: StackFile,
  { home, linkTo }: { home: string; linkTo: DemoLinks },
): Promise<void> {
  const { bob } = await loadPeople(join(home, 'keys'));
  const cli = createInvestigatorCli({ home, apiUrl: stack.api.url, key: bob });
  for (const module of allModules()) await demoModule(module, { cli, home, linkTo });
}

async function demoModule(
  module: Module,
  { cli, home, linkTo }: { cli: InvestigatorCli; home: string; linkTo: DemoLinks },
): Promise<void> {
  const { name, summary } = module;
  const { question, args, parameters, needs, instead } = demoOf(module);
  print(`\n${name}: ${summary}`);
  if (instead !== undefined) return print(`  not asked here: ${instead}`);
  print(`  ${question}`);
  if (needs !== undefined) print(`  needs ${needs}`);
  if (args) {
    const words = ['-t', TARGET, ...EXPIRY, ...args];
    print(`  $ ${commandLine(name, words)}`);
    // Before the flags of the module, one of which may be -json.
    return showAnswers(linkTo, await cli.mig([name, '--json', ...words]), ANSWERED);
  }
  print(`  $ mig -i action.json ${EXPIRY.join(' ')}    with the parameters ${JSON.stringify(parameters)}`);
  const file = join(home, `demo-${name}.json`);
  writeFileSync(file, JSON.stringify(actionOf(name, parameters)));
  showAnswers(linkTo, await cli.mig(['-i', file, ...EXPIRY, '--json']), ANSWERED);
}

function actionOf(module: string, parameters: unknown): unknown {
  return {
    name: `demo of ${module}`,
    target: TARGET,
    operations: [{ module, parameters }],
    syntaxversion: 2,
  };
}
