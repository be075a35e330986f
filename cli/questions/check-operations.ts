import { errorMessage, MigError } from '../../contract/errors.ts';
import type { FilledOperation } from '../../contract/question/fill.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { allModules, findModule } from '../../modules/all-modules.ts';
import { refuseMistake } from '../action/module-flags.ts';

/** Refuses filled operations that their modules would refuse, as the flags of a module do. Errors name the operation. */
export function checkFilled(operations: readonly FilledOperation[]): void {
  for (const [index, { module: name, parameters }] of operations.entries()) {
    const module = findModule(name);
    try {
      // The parameters of a module of MIG's own cannot be checked here.
      if (module === undefined) refuseMisspelt(name);
      else refuseMistake(module, parameters);
    } catch (cause) {
      throw new MigError('usage', `operation ${index + 1} (${name}): ${errorMessage(cause)}`, { cause });
    }
  }
}

function refuseMisspelt(name: string): void {
  const hint = didYouMean(
    name,
    allModules().map((module) => module.name),
  );
  if (hint !== '') throw new MigError('usage', `there is no module ${JSON.stringify(name)}${hint}`);
}
