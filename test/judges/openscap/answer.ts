import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheck } from '../../../contract/compliance.ts';
import { verdictOf } from '../../../contract/rules/verdict.ts';
import { findModule } from '../../../modules/all-modules.ts';
import type { ModuleRun } from '../../../modules/module.ts';
import { defined } from '../../setup/defined.ts';

// Prints the verdict of every check in a folder about the machine, or the root, that it runs on: `rule:verdict`.
const [folder = ''] = process.argv.slice(2);
/** Many checks ask the same first, such as whether a package is installed. */
const asked = new Map<string, ReturnType<ModuleRun['run']>>();
for (const file of readdirSync(folder).sort()) {
  const { action, expectations, condition } = parseCheck(readFileSync(join(folder, file), 'utf8'));
  const answers = [];
  for (const [index, { module, parameters }] of action.operations.entries()) {
    const { run } = await defined(findModule(module)).loadRun();
    const question = JSON.stringify([module, parameters]);
    const answer =
      asked.get(question) ?? run(parameters, { loadHost: () => Promise.reject(new Error('no agent')) });
    asked.set(question, answer);
    const result = await answer;
    answers.push({ expectation: defined(expectations[index]), parameters, result });
  }
  process.stdout.write(`${file.slice(0, -'.json'.length)}:${verdictOf(answers, condition)}\n`);
}
