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

/** What is wrong with an operation's parameters; undefined when nothing is. */
export function checkParameters(module: string, parameters: unknown): string | undefined {
  return moduleInterface(module)?.checkParameters(parameters);
}
