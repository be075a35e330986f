import { MigError } from '../../contract/errors.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { buildAction } from '../action/build-action.ts';
import { investigateFurther, type RunLine } from '../action/follow-up.ts';
import { launch } from '../action/launch.ts';
import { exitCodeOfProblems, outcomeOf } from '../action/outcome.ts';
import { problemLines, problemsOfResults } from '../action/problems.ts';
import { MODULE_OPTIONS } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { openOutput } from '../open-output.ts';
import { openSeen } from '../questions/seen.ts';
import { openSession } from '../session.ts';
import { resultLines } from '../terminal/result-lines.ts';
import { type ModuleLine, type Operation, parseModuleLine } from './module-line.ts';

/** `mig <module> [options] [module flags]`: one operation, or several with + between them, on the agents of a target. */
export async function moduleCommand(name: string, args: readonly string[], run: RunLine): Promise<number> {
  const line = parseModuleLine(name, args, MODULE_OPTIONS);
  if (line.options.target === 'local') return runLocally(line);
  const session = await openSession(line.options);
  const action = buildAction(newAction(line, [name, ...args]), line.options, session.config.macros);
  return launch(session, action, { send: investigateFurther(run, () => openSeen(session).names()) });
}

/** The action of a line, with the line as its name. */
export function newAction({ operations }: ModuleLine, commandLine: readonly string[]) {
  return {
    operations: operations.map(({ module, parameters }) => ({ module: module.name, parameters })),
    commandLine,
  };
}

/** `-t local`: runs the modules on this machine, without a server, and prints the results like those of an agent. */
async function runLocally({ operations, options }: ModuleLine): Promise<number> {
  const persistent = operations.find(({ module }) => module.persistent);
  if (persistent !== undefined)
    throw new MigError(
      'usage',
      `${persistent.module.name} runs only beside an agent: -t local does not apply`,
    );
  const results: ModuleResult[] = [];
  for (const operation of operations) results.push(await runOne(operation));
  const output = openOutput();
  const problems = problemsOfResults({ agent: 'local', status: 'success', results });
  const exitCode = exitCodeOfProblems(problems);
  const hasFound = results.some(({ foundanything }) => foundanything);
  if (options.json) {
    const outcome = outcomeOf(problems, { exitCode, found: Number(hasFound), sent: 1, success: 1 });
    output.json(JSON.stringify({ results, outcome }));
  } else if (options.show === 'all' || (options.show === 'found') === hasFound) {
    const foundOnly = options.show === 'found';
    for (const [index, result] of results.entries()) {
      const lines = resultLines(operations[index]?.module.name ?? '', result, { foundOnly });
      for (const line of lines) output.answer(line);
    }
  } else if (options.show === 'found' && exitCode === EXIT.ok) {
    output.note('local: nothing found (-show all prints details)');
  }
  for (const line of problemLines(problems, '--json has every error that was returned')) output.note(line);
  return exitCode;
}

async function runOne({ module, parameters }: Operation): Promise<ModuleResult> {
  const loaded = await module.loadRun();
  const loadHost = async () => {
    throw new MigError('usage', `the module '${module.name}' runs only in an agent`);
  };
  return loaded.run(parameters, { loadHost });
}
