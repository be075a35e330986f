import { AuditRecord } from '../../contract/audit.ts';

/** One entry of the audit trail on one line, its time to the second; an entry of another shape is printed as JSON. */
export function auditLine(value: unknown): string {
  const parsed = AuditRecord.safeParse(value);
  if (!parsed.success) return `record of unknown shape: ${JSON.stringify(value)}`;
  const { at, kind, outcome, objectid, times, detail, isproven } = parsed.data;
  const { actor, fingerprint, address, source } = parsed.data;
  const who = actor ?? fingerprint ?? 'unknown';
  const key = fingerprint === null || actor === null ? '' : ` (${fingerprint})`;
  const what = objectid === null ? kind : `${kind} ${objectid}`;
  return [
    `${at.slice(0, 19)}Z`,
    outcome.padEnd(WIDTHS.outcome),
    what.padEnd(WIDTHS.what),
    `by ${who}${key}${isproven ? '' : ' [unproven]'}`,
    `from ${address === null ? source : `${source} ${address}`}`,
    ...(times === 1 ? [] : [`${times} times`]),
    ...Object.entries(detail).map(([name, item]) => `${name}=${JSON.stringify(item)}`),
  ].join('  ');
}

/** Column widths: of the longest outcome, and of most kinds with an action id. */
const WIDTHS = { outcome: 7, what: 22 } as const;
