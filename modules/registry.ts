import { agentdestroyInterface } from './agentdestroy/interface.ts';
import { fileInterface } from './file/interface.ts';
import type { ModuleInterface, ModuleRun } from './module.ts';
import { upgradeInterface } from './upgrade/interface.ts';

interface RegisteredModule {
  /** Undefined for a module that a build adds: only its agents know it. */
  interface?: ModuleInterface;
  /** Loads the code that runs on an endpoint: a process loads only what it runs. */
  loadRun(): Promise<ModuleRun>;
}

/** Every module of this program, one line each. */
const MODULES = new Map<string, RegisteredModule>([
  [
    'agentdestroy',
    {
      interface: agentdestroyInterface,
      loadRun: async () => (await import('./agentdestroy/run.ts')).agentdestroyRun,
    },
  ],
  ['file', { interface: fileInterface, loadRun: async () => (await import('./file/run.ts')).fileRun }],
  [
    'upgrade',
    { interface: upgradeInterface, loadRun: async () => (await import('./upgrade/run.ts')).upgradeRun },
  ],
]);

/** Adds a module to this program before it starts; a build does so for foreign modules (docs/writing-a-module.md). */
export function registerModule(name: string, run: ModuleRun): void {
  MODULES.set(name, { loadRun: async () => run });
}

/** The modules that this agent can run. */
export function moduleNames(): string[] {
  return [...MODULES.keys()];
}

/** Undefined when this program has no such module. */
export async function loadModuleRun(name: string): Promise<ModuleRun | undefined> {
  return MODULES.get(name)?.loadRun();
}

/** What the investigator's side knows of a module; undefined when it is none of ours. */
export function moduleInterface(name: string): ModuleInterface | undefined {
  return MODULES.get(name)?.interface;
}

export function allModuleInterfaces(): ModuleInterface[] {
  return [...MODULES.values()].flatMap((module) => module.interface ?? []);
}

/** Yields every few tens of milliseconds; returns what is wrong with the parameters, or undefined. */
export function* checkParametersInSteps(
  name: string,
  parameters: unknown,
): Generator<void, string | undefined> {
  const module = moduleInterface(name);
  if (module?.checkParametersInSteps) return yield* module.checkParametersInSteps(parameters);
  return module?.checkParameters(parameters);
}
