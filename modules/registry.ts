import { agentdestroyRun } from './agentdestroy/run.ts';
import { fileRun } from './file/run.ts';
import type { ModuleRun } from './module.ts';
import { upgradeRun } from './upgrade/run.ts';

const RUNS = new Map<string, ModuleRun>([
  ['agentdestroy', agentdestroyRun],
  ['file', fileRun],
  ['upgrade', upgradeRun],
]);

/** Adds a module to this program; a build does so for modules that are not ours (docs/writing-a-module.md). */
export function registerModule(name: string, run: ModuleRun): void {
  RUNS.set(name, run);
}

/** The modules that this agent can run. */
export function moduleNames(): string[] {
  return [...RUNS.keys()];
}

export function moduleRun(name: string): ModuleRun | undefined {
  return RUNS.get(name);
}
