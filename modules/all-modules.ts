import { FORMER_NAMES, MODULES } from './list.ts';
import type { Module } from './module.ts';
import { loadModule } from './registry.ts';

// Loads every module, for the programs that check, print and describe all of them. The agent never imports this file.
const modules = await loadNamed(Object.keys(MODULES));
const former = await loadNamed(Object.keys(FORMER_NAMES));

/** All modules of `list.ts`, in its order. */
export function allModules(): Module[] {
  return [...modules.values()];
}

/** Finds a module by its name, or its former name. */
export function findModule(name: string): Module | undefined {
  return modules.get(name) ?? former.get(name);
}

/** Checks parameters, yielding every few tens of milliseconds. Returns the first problem; undefined when there is none. */
export function* checkParametersInSteps(
  name: string,
  parameters: unknown,
): Generator<void, string | undefined> {
  const module = findModule(name);
  if (module?.checkParametersInSteps) return yield* module.checkParametersInSteps(parameters);
  return module?.checkParameters(parameters);
}

async function loadNamed(names: readonly string[]): Promise<ReadonlyMap<string, Module>> {
  const loaded = await Promise.all(names.map(loadModule));
  return new Map(
    loaded.map((module, index) => {
      if (!module) throw new Error(`modules/list.ts: the file of ${names[index]} has no export of that name`);
      return [module.name, module];
    }),
  );
}
