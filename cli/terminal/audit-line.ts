import { AuditRecord } from '../../contract/audit.ts';
import { countOf } from '../../contract/text/count-of.ts';

/** Column widths: of the longest outcome, and of most kinds with an action id. */
const WIDTHS = { outcome: 7, what: 22 } as const;
/** The last digits of a fingerprint, which GnuPG calls the long key id. */
const KEY_ID_DIGITS = 16;
const MAX_DETAIL = 100;
const MAX_LINE = 240;
const INDENT = '    ';

/** The lines of an entry: one, or on a terminal as many as its columns need. `--json` has what is shortened here. */
export function auditLines(value: unknown, columns: number | undefined): string[] {
  const parts = auditParts(value);
  return columns === undefined ? [shortened(parts.join('  '), MAX_LINE)] : wrapParts(parts, columns);
}

function wrapParts([first = '', ...others]: readonly string[], columns: number): string[] {
  const lines = [first];
  for (const part of others) {
    const joined = `${lines.at(-1)}  ${part}`;
    if (joined.length <= columns) lines[lines.length - 1] = joined;
    else lines.push(INDENT + shortened(part, columns - INDENT.length));
  }
  return lines;
}

/** The parts of an entry, its time to the second; an entry of another shape is printed as JSON. */
function auditParts(value: unknown): string[] {
  const parsed = AuditRecord.safeParse(value);
  if (!parsed.success) return [`record of unknown shape: ${JSON.stringify(value)}`];
  const { at, kind, outcome, objectid, times, detail, isproven } = parsed.data;
  const { actor, fingerprint, address, source } = parsed.data;
  const who = actor ?? fingerprint ?? 'unknown';
  const key = fingerprint === null || actor === null ? '' : ` (…${fingerprint.slice(-KEY_ID_DIGITS)})`;
  const what = objectid === null ? kind : `${kind} ${objectid}`;
  return [
    `${at.slice(0, 19)}Z  ${outcome.padEnd(WIDTHS.outcome)}  ${what.padEnd(WIDTHS.what)}`,
    `by ${who}${key}${isproven ? '' : ' [unproven]'}`,
    `from ${address === null ? source : `${source} ${address}`}`,
    ...(times === 1 ? [] : [countOf(times, 'time')]),
    ...Object.entries(detail).map(([name, item]) => shortened(`${name}=${JSON.stringify(item)}`, MAX_DETAIL)),
  ];
}

function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
