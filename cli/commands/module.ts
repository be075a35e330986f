import { MigError } from '../../contract/errors.ts';
import { closestName } from '../../contract/text/closest.ts';
import { moduleInterface } from '../../modules/registry.ts';
import { buildAction } from '../action/build-action.ts';
import { parseInvestigatorFlags } from '../action/module-flags.ts';
import { exitCodeOfTroubles, outcomeOf, troubleLines, troubleOfResults } from '../action/troubles.ts';
import { type GlobalOptions, MODULE_OPTIONS, takeGlobalOptions } from '../arguments.ts';
import { commandNames } from '../help/help.ts';
import { openOutput, openSession } from '../session.ts';
import { resultLines } from '../terminal/output.ts';
import { launch } from './launch.ts';

/** `mig <module> [options] [module flags]`: one operation on the agents of a target. */
export async function moduleCommand(name: string, args: readonly string[]): Promise<number> {
  const module = moduleInterface(name);
  if (!module) throw new MigError('usage', unknownCommand(name));
  const { options, rest } = takeGlobalOptions(args, { flags: module.flags, takes: MODULE_OPTIONS });
  const parameters = parseInvestigatorFlags(module, rest);
  if (parameters === undefined) throw new MigError('usage', `mig ${name} needs flags\n\n${module.help}`);
  if (options.target === 'local') return runLocally(name, parameters, options);
  const session = await openSession(options);
  const commandLine = [name, ...args];
  return launch(
    session,
    buildAction({ module: name, parameters, commandLine }, options, session.config.macros),
  );
}

function unknownCommand(name: string): string {
  if (name.startsWith('-'))
    return `unknown module or command '${name}': options come behind the module or command; see mig help`;
  const meant = closestName(name, commandNames());
  const hint = meant === undefined ? 'see mig help' : `did you mean ${meant}? See mig help`;
  return `unknown module or command '${name}'; ${hint}`;
}

/** `-t local`: the module runs here, on this machine, and no server is asked. Says what an agent's answer would. */
async function runLocally(name: string, parameters: unknown, options: GlobalOptions): Promise<number> {
  const { loadModuleRun } = await import('../../modules/registry.ts');
  const result = await (await loadModuleRun(name))?.run(parameters, () => {
    throw new MigError('usage', `the module '${name}' runs in an agent only`);
  });
  if (!result) throw new MigError('usage', `the module '${name}' cannot run locally`);
  const output = openOutput();
  const troubles = troubleOfResults('local', 'success', [result]);
  const status = exitCodeOfTroubles(troubles);
  if (options.json) {
    const counts = { found: Number(result.foundanything), sent: 1, success: 1 };
    output.json(JSON.stringify({ results: [result], outcome: outcomeOf(troubles, { status, ...counts }) }));
  } else if (options.show === 'all' || (options.show === 'found') === result.foundanything) {
    for (const line of resultLines(name, result, { foundOnly: options.show === 'found' }))
      output.answer(line);
  }
  for (const line of troubleLines(troubles, '--json has every error that was returned')) output.say(line);
  return status;
}
