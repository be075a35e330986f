import { agentdestroyInterface } from './agentdestroy/interface.ts';
import { fileInterface } from './file/interface.ts';
import type { ModuleInterface, ModuleRun } from './module.ts';
import { upgradeInterface } from './upgrade/interface.ts';

interface RegisteredModule {
  /** Undefined for a module that a build adds: only the agents of that build know it. */
  interface?: ModuleInterface;
  /** Imports the code that runs on an endpoint. A process loads only the module that it runs. */
  loadRun(): Promise<ModuleRun>;
}

/** All modules of this program. */
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

/** Adds a module to a build of the agent (docs/writing-a-module.md). Called while the program loads. */
export function registerModule(name: string, run: ModuleRun): void {
  MODULES.set(name, { loadRun: async () => run });
}

/** The names of all modules that this agent can run. */
export function moduleNames(): string[] {
  return [...MODULES.keys()];
}

/** Returns undefined when this program has no such module. */
export async function loadModuleRun(name: string): Promise<ModuleRun | undefined> {
  return MODULES.get(name)?.loadRun();
}

/** Returns undefined when there is no such module, or a build added it. */
export function moduleInterface(name: string): ModuleInterface | undefined {
  return MODULES.get(name)?.interface;
}

export function allModuleInterfaces(): ModuleInterface[] {
  return [...MODULES.values()].flatMap((module) => module.interface ?? []);
}

/** Checks parameters, yielding every few tens of milliseconds. Returns the first problem; undefined when there is none. */
export function* checkParametersInSteps(
  name: string,
  parameters: unknown,
): Generator<void, string | undefined> {
  const module = moduleInterface(name);
  if (module?.checkParametersInSteps) return yield* module.checkParametersInSteps(parameters);
  return module?.checkParameters(parameters);
}
