import { FORMER_NAMES, type ListedModule, MODULES } from './list.ts';
import type { Module, ModuleRun, PersistentModule } from './module.ts';

/** The modules of this program by name. None is loaded before it is needed: an idle agent only knows their names. */
const modules: ReadonlyMap<string, ListedModule> = new Map(Object.entries(MODULES));
const former: ReadonlyMap<string, ListedModule> = new Map(Object.entries(FORMER_NAMES));
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
  return added.has(name) || findListed(name) !== undefined;
}

/** Whether the module has a half that runs as long as the agent. */
export function isPersistent(name: string): boolean {
  const ofBuild = added.get(name);
  return ofBuild ? ofBuild.persistent !== undefined : modules.get(name)?.isPersistent === true;
}

/** Returns undefined when there is no such module, or a build added it. */
export async function loadModule(name: string): Promise<Module | undefined> {
  const exported = await findListed(name)?.load();
  return exported?.[name];
}

/** Returns undefined when this program has no such module. */
export async function loadModuleRun(name: string): Promise<ModuleRun | undefined> {
  return added.get(name)?.run ?? (await loadModule(name))?.loadRun();
}

/** The half that runs as long as the agent; undefined for a module without one. */
export async function loadPersistent(name: string): Promise<PersistentModule | undefined> {
  if (!isPersistent(name)) return undefined;
  return added.get(name)?.persistent ?? (await loadModule(name))?.persistent;
}

function findListed(name: string): ListedModule | undefined {
  return modules.get(name) ?? former.get(name);
}
