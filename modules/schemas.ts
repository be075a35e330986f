import { agentdestroyInterface } from './agentdestroy/interface.ts';
import { fileInterface } from './file/interface.ts';
import type { ModuleInterface } from './module.ts';
import { upgradeInterface } from './upgrade/interface.ts';

const INTERFACES: Record<string, ModuleInterface> = {
  agentdestroy: agentdestroyInterface,
  file: fileInterface,
  upgrade: upgradeInterface,
};

/** What the investigator's side knows of a module; undefined when it is none of ours. */
export function moduleInterface(name: string): ModuleInterface | undefined {
  return Object.hasOwn(INTERFACES, name) ? INTERFACES[name] : undefined;
}

export function allModuleInterfaces(): ModuleInterface[] {
  return Object.values(INTERFACES);
}

export function isOurModule(name: string): boolean {
  return moduleInterface(name) !== undefined;
}

/** What is wrong with an operation's parameters, or too much; undefined when nothing is. The caller sets the pace. */
export function* checkParametersInSteps(
  name: string,
  parameters: unknown,
): Generator<void, string | undefined> {
  const module = moduleInterface(name);
  if (module?.checkParametersInSteps) return yield* module.checkParametersInSteps(parameters);
  return module?.checkParameters(parameters);
}
