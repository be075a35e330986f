import { fileRun } from './file/run.ts';
import type { ModuleRun } from './module.ts';

const RUNS: Record<string, ModuleRun> = { file: fileRun };

/** The modules that this agent can run. */
export const MODULE_NAMES: readonly string[] = Object.keys(RUNS);

export function moduleRun(name: string): ModuleRun | undefined {
  return Object.hasOwn(RUNS, name) ? RUNS[name] : undefined;
}
