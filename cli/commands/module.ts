import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import { findModule } from '../../modules/all-modules.ts';
import type { Module } from '../../modules/module.ts';
import { buildAction } from '../action/build-action.ts';
import { launch } from '../action/launch.ts';
import { parseInvestigatorFlags } from '../action/module-flags.ts';
import { exitCodeOfProblems, outcomeOf } from '../action/outcome.ts';
import { problemLines, problemsOfResults } from '../action/problems.ts';
import { MODULE_OPTIONS, parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { commandNames } from '../help/help.ts';
import { wrapHelp } from '../help/wrap-help.ts';
import type { GlobalOptions } from '../options.ts';
import { openOutput, openSession } from '../session.ts';
import { textColumns } from '../terminal/output.ts';
import { resultLines } from '../terminal/result-lines.ts';

/** `mig <module> [options] [module flags]`: one operation on the agents of a target. */
export async function moduleCommand(name: string, args: readonly string[]): Promise<number> {
  const module = findModule(name);
  if (!module) throw new MigError('usage', unknownCommand(name));
  const { options, rest, notes } = parseGlobalOptions(args, {
    flags: module.flags,
    allowed: MODULE_OPTIONS,
    module: name,
  });
  const parameters = parseInvestigatorFlags(module, rest);
  if (parameters === undefined) refuseIncomplete(module);
  for (const note of notes) openOutput().note(note);
  if (options.target === 'local' && module.persistent)
    throw new MigError('usage', `${name} runs only beside an agent: -t local does not apply`);
  if (options.target === 'local') return runLocally(module, parameters, options);
  const session = await openSession(options);
  const operation = { module: name, parameters, commandLine: [name, ...args] };
  return launch(session, buildAction(operation, options, session.config.macros));
}

/** The error comes after the help, so that it stays in sight. */
function refuseIncomplete(module: Module): never {
  const { note } = openOutput();
  for (const line of wrapHelp(module.help, textColumns(process.stderr)).split('\n')) note(line);
  note('');
  throw new MigError('usage', whatIsMissing(module));
}

function whatIsMissing({ name, options, flags, about }: Module): string {
  const required = options.flatMap(({ flag, value, isRequired }) =>
    isRequired ? [`-${flag} <${value}>`] : [],
  );
  const needed = required.length > 0 ? required.join(', ') : 'flags';
  return Object.keys(flags).length > 0
    ? `mig ${name} needs ${needed}, as in: ${shellLine(['mig', name, ...(about.example.args ?? [])])}`
    : `the module ${name} has no flags: write its parameters into an action file, for mig -i <file>`;
}

function unknownCommand(name: string): string {
  if (name.startsWith('-'))
    return `unknown module or command '${name}': options come after the module or command; see mig help`;
  return `unknown module or command '${name}': see mig help${didYouMean(name, commandNames())}`;
}

/** `-t local`: runs the module on this machine, without a server, and prints the result like that of an agent. */
async function runLocally(module: Module, parameters: unknown, options: GlobalOptions): Promise<number> {
  const { name } = module;
  const run = await module.loadRun();
  const loadHost = async () => {
    throw new MigError('usage', `the module '${name}' runs only in an agent`);
  };
  const result = await run.run(parameters, { loadHost });
  const output = openOutput();
  const problems = problemsOfResults({ agent: 'local', status: 'success', results: [result] });
  const exitCode = exitCodeOfProblems(problems);
  if (options.json) {
    const found = Number(result.foundanything);
    const outcome = outcomeOf(problems, { exitCode, found, sent: 1, success: 1 });
    output.json(JSON.stringify({ results: [result], outcome }));
  } else if (options.show === 'all' || (options.show === 'found') === result.foundanything) {
    const lines = resultLines(name, result, { foundOnly: options.show === 'found' });
    for (const line of lines) output.answer(line);
  } else if (options.show === 'found' && exitCode === EXIT.ok) {
    output.note('local: nothing found (-show all prints details)');
  }
  for (const line of problemLines(problems, '--json has every error that was returned')) output.note(line);
  return exitCode;
}
