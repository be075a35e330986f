import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';

/** The elements of a result. They are parsed, because an agent may send anything. */
const Elements = z.object({
  packages: z
    .array(z.object({ name: z.string(), version: z.string(), type: z.string(), arch: z.string() }))
    .nullable(),
});
const Statistics = z.object({ execruntime: z.string() });

/** Formats a result as MIG does (spec/modules/pkg.md#printed). */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const { packages } = Elements.parse(result.elements ?? { packages: null });
  const lines = (packages ?? []).map(
    ({ name, version, type, arch }) => `pkgmatch name=${name} version=${version} type=${type} arch=${arch}`,
  );
  if (foundOnly) return lines;
  const { execruntime } = Statistics.parse(result.statistics ?? { execruntime: '' });
  return [...lines, ...(result.errors ?? []), `Statistics: runtime ${execruntime}`];
}
