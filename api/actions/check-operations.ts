import type { Operation } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { checkParametersInSteps, findModule } from '../../modules/all-modules.ts';
import { isModuleOfSomeAgent } from '../../platform/postgres/queries/dashboard.ts';
import type { ApiDeps } from '../context.ts';
import { runInSlices } from './run-in-slices.ts';

type Operations = readonly Operation[];

/** Refuses unknown modules, parameters that our modules would refuse, and an upgrade with other operations. */
export async function checkOperations(deps: ApiDeps, operations: Operations): Promise<void> {
  checkUpgradeIsAlone(operations);
  await checkModulesExist(deps, operations);
  const problem = await runInSlices(findProblem(operations));
  if (problem !== undefined) throw new MigError('parameters_invalid', problem);
}

function checkUpgradeIsAlone(operations: Operations): void {
  const index = operations.findIndex(({ module }) => module === 'upgrade');
  if (index === -1) return;
  if (operations.length === 1 && !operations[index]?.is_compressed) return;
  throw new MigError(
    'parameters_invalid',
    `operations.${index}: an upgrade must be the only operation of its action, and not compressed`,
  );
}

async function checkModulesExist({ pool }: ApiDeps, operations: Operations): Promise<void> {
  const names = operations.map(({ module }) => module);
  for (const name of new Set(names)) {
    if (findModule(name) !== undefined || (await isModuleOfSomeAgent(pool, name))) continue;
    throw new MigError(
      'module_unknown',
      `operations.${names.indexOf(name)}.module: neither the platform nor any agent has a module '${name}'`,
    );
  }
}

function* findProblem(operations: Operations): Generator<void, string | undefined> {
  for (const [index, operation] of operations.entries()) {
    if (findModule(operation.module) === undefined) continue;
    const problem = yield* findProblemOfOperation(operation);
    if (problem !== undefined) return `operations.${index}.parameters: ${problem}`;
    yield;
  }
  return undefined;
}

function* findProblemOfOperation({ module, parameters, is_compressed: isCompressed }: Operation) {
  if (!isCompressed) return yield* checkParametersInSteps(module, parameters);
  return typeof parameters === 'string' ? undefined : 'Compressed parameter was not a string';
}
