import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';

// What an agent sends is parsed, because it may be anything.
const Elements = z.object({
  hostname: z.string().optional(),
  addresses: z.array(z.string()).default([]),
  lookeduphost: z.record(z.string(), z.array(z.string())).default({}),
});
const Statistics = z.object({ stufffound: z.number() });

/** Formats a result as MIG does (spec/modules/example.md#printed-lines). `foundOnly` omits errors and statistics. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const { hostname, addresses, lookeduphost } = Elements.parse(result.elements ?? {});
  const lines = [
    ...(hostname === undefined ? [] : [`hostname is ${hostname}`]),
    ...addresses.map((address) => `address is ${address}`),
    ...Object.entries(lookeduphost).flatMap(([name, found]) =>
      found.map((address) => `lookedup host ${name} has IP ${address}`),
    ),
  ];
  if (foundOnly) return lines;
  const errors = (result.errors ?? []).map((error) => `error: ${error}`);
  if (result.statistics === null) return [...lines, ...errors];
  return [...lines, ...errors, `stat: ${Statistics.parse(result.statistics).stufffound} stuff found`];
}
