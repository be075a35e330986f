// Texts from outside become short, few and printable before the audit trail stores them.

const MAX_TEXT = 512;
const MAX_NAME = 64;
const MAX_ENTRIES = 32;
const MAX_DEPTH = 3;
const MAX_DETAIL_BYTES = 6_000;
/** Controls, invisible and direction marks, lone surrogates: nothing that could change how a line reads. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** The first `maxLength` characters, unprintable ones replaced. */
export function auditText(text: string, maxLength: number): string {
  const characters = [...text.slice(0, 2 * maxLength)].slice(0, maxLength);
  return characters.join('').replace(UNPRINTABLE, '\uFFFD');
}

export function boundDetail(detail: Record<string, unknown>): Record<string, unknown> {
  const bounded = boundEntries(detail, 0);
  return Buffer.byteLength(JSON.stringify(bounded)) <= MAX_DETAIL_BYTES ? bounded : { istoolarge: true };
}

function boundEntries(object: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(object).slice(0, MAX_ENTRIES);
  return Object.fromEntries(entries.map(([name, value]) => [auditText(name, MAX_NAME), bound(value, depth)]));
}

function bound(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return auditText(value, MAX_TEXT);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((one) => bound(one, depth + 1));
  return boundEntries(value, depth + 1);
}
