import { FORMER_NAMES } from './former-names.ts';
import * as list from './list.ts';
import type { Module, ModuleRun, PersistentModule } from './module.ts';

/** All modules of this program by name, those of `list.ts` first. */
const modules = new Map<string, Module>(Object.values(list).map((module) => [module.name, module]));
/** Modules that a build of the agent adds. Only the agents of that build know them. */
const added = new Map<string, AddedModule>();

interface AddedModule {
  run: ModuleRun;
  persistent: PersistentModule | undefined;
}

/** Adds a module to a build of the agent (docs/writing-a-module.md). Called while the program loads. */
export function registerModule(name: string, run: ModuleRun, persistent?: PersistentModule): void {
  added.set(name, { run, persistent });
}

/** The names of all modules that this agent can run. */
export function moduleNames(): string[] {
  return [...modules.keys(), ...added.keys()];
}

/** Whether this agent can run a module of this name, or of this former name. */
export function hasModule(name: string): boolean {
  return added.has(name) || findModule(name) !== undefined;
}

/** Returns undefined when this program has no such module. */
export async function loadModuleRun(name: string): Promise<ModuleRun | undefined> {
  return added.get(name)?.run ?? findModule(name)?.loadRun();
}

/** The half that runs as long as the agent; undefined for a module without one. */
export function findPersistent(name: string): PersistentModule | undefined {
  return added.get(name)?.persistent ?? modules.get(name)?.persistent;
}

/** Returns undefined when there is no such module, or a build added it. */
export function findModule(name: string): Module | undefined {
  return modules.get(name) ?? FORMER_NAMES.get(name);
}

export function allModules(): Module[] {
  return [...modules.values()];
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
