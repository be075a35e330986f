import { MigError } from '../../contract/errors.ts';
import { moduleInterface, parseInvestigatorFlags } from '../../modules/schemas.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { buildAction } from '../build-action.ts';
import { EXIT } from '../investigate.ts';
import { createOutput } from '../output.ts';
import { openSession } from '../session.ts';
import { launch } from './launch.ts';

/** `mig <module> [options] [module flags]`: one operation on the agents of a target. */
export async function moduleCommand(name: string, args: readonly string[]): Promise<number> {
  const module = moduleInterface(name);
  if (!module) throw new MigError('usage', `unknown module or command '${name}'; see mig help`);
  const { options, rest } = takeGlobalOptions(args, module.flags);
  const parameters = parseInvestigatorFlags(module, rest);
  if (parameters === undefined) {
    process.stderr.write(`${module.help}\n`);
    return rest[0] === 'help' ? EXIT.ok : EXIT.usage;
  }
  if (options.target === 'local') return runLocally(name, parameters);
  const session = await openSession(options);
  const commandLine = [name, ...args];
  return launch(
    session,
    buildAction({ module: name, parameters, commandLine }, options, session.config.macros),
  );
}

/** `-t local`: the module runs here, on this machine, and no server is asked. */
async function runLocally(name: string, parameters: unknown): Promise<number> {
  const { moduleRun } = await import('../../modules/registry.ts');
  const result = await moduleRun(name)?.run(parameters, () => {
    throw new MigError('usage', `the module '${name}' runs in an agent only`);
  });
  if (!result) throw new MigError('usage', `the module '${name}' cannot run locally`);
  const output = createOutput(process.stdout, process.stderr);
  for (const line of moduleInterface(name)?.print(result, { foundOnly: true }) ?? []) output.answer(line);
  for (const error of result.errors ?? []) output.say(`[error] ${error}`);
  return result.success ? EXIT.ok : EXIT.error;
}
