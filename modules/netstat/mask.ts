import type { ModuleResult } from '../../contract/module-result.ts';
import type { FindingsByValue } from './finding.ts';

/** Masks the addresses that the endpoint is connected to, as MIG does. */
export function maskResult(result: ModuleResult): ModuleResult {
  const elements = result.elements as { connectedip?: FindingsByValue } | null;
  if (!elements?.connectedip) return result;
  const connectedip = Object.entries(elements.connectedip).map(([value, findings]) => [
    value,
    findings?.map((finding) => ({ ...finding, remoteaddr: 'masked' })) ?? null,
  ]);
  return { ...result, elements: { ...elements, connectedip: Object.fromEntries(connectedip) } };
}
