import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';

/** The elements of a result. They are parsed, because an agent may send anything. */
const Elements = z.object({
  Matches: z.array(z.object({ Object: z.string(), MatchedRules: z.array(z.string()) })).nullable(),
});

/** Formats a result as MIG does (spec/modules/yara.md#printed-lines). */
export function printResult(
  { elements, errors }: ModuleResult,
  { foundOnly }: { foundOnly: boolean },
): string[] {
  const { Matches } = Elements.parse(elements ?? { Matches: null });
  const lines = (Matches ?? []).map(
    ({ Object: path, MatchedRules }) => `${path} [${MatchedRules.join(',')}]`,
  );
  return foundOnly ? lines : [...lines, ...(errors ?? [])];
}
