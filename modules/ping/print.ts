import { z } from 'zod';
import type { ModuleResult } from '../../contract/module-result.ts';
import { LATENCY } from './send-probes.ts';

// What an agent sends is parsed, because it may be anything.
const Elements = z.object({
  latencies: z.array(z.number()).nullable().default(null),
  protocol: z.string().default(''),
  resolvedhost: z.string().default(''),
  failures: z.array(z.string()).nullable().default(null),
});
type Elements = z.infer<typeof Elements>;

/** Formats a result as MIG does (spec/modules/ping.md#printed-lines). `foundOnly` omits probes and what went wrong. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const lines = result.elements === null ? [] : printHost(Elements.parse(result.elements), result, foundOnly);
  return foundOnly ? lines : [...lines, ...(result.errors ?? []).map((error) => `error: ${error}`)];
}

function printHost(elements: Elements, { foundanything }: ModuleResult, foundOnly: boolean): string[] {
  const { protocol, resolvedhost, latencies, failures } = elements;
  const subject = `${protocol} ping of ${resolvedhost}`;
  const reached = foundanything
    ? `${subject} succeeded. Target is reachable.`
    : `${subject} failed. Target is no reachable.`;
  if (foundOnly) return foundanything ? [reached] : [];
  const probes = (latencies ?? []).map((ms, index) => `ping #${index + 1} ${printLatency(ms, protocol)}`);
  return [reached, ...probes, ...(failures ?? [])];
}

function printLatency(ms: number, protocol: string): string {
  switch (ms) {
    case LATENCY.refused:
      return 'failed, target was unreachable';
    case LATENCY.failed:
      return 'failed, reason unknown';
    case LATENCY.timeout:
      return protocol === 'udp' ? 'may have succeeded (no udp response)' : 'failed, connection timed out';
    default:
      return `succeeded in ${ms.toFixed(0)}ms`;
  }
}
