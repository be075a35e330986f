import type { ModuleResult } from '../contract/module-result.ts';

/** Prints the answer of a persistent module whose queries only show that it runs. */
export function printOk({ elements, errors }: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const { ok } = (elements ?? {}) as { ok?: unknown };
  const lines = typeof ok === 'boolean' ? [`ok:${ok}`] : [];
  return foundOnly ? lines : [...lines, ...(errors ?? [])];
}
