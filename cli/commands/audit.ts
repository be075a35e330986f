import type { z } from 'zod';
import { listAudit } from '../../contract/api/audit.ts';
import { AUDIT_KINDS, type AuditRecord } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import type { ApiClient } from '../api/api-client.ts';
import { parseCommandLine, requireOneOf } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import type { GlobalOptions } from '../options.ts';
import { AUDIT_TABLE } from '../records/audit-table.ts';
import { parseLimit } from '../search/parse-limit.ts';
import { readFilters } from '../search/read-filters.ts';
import { openSession } from '../session.ts';
import { auditLines } from '../terminal/audit-line.ts';
import { textColumns } from '../terminal/output.ts';
import { type OutputFormat, readFormat } from '../terminal/output-format.ts';
import { createLineList, createRecordList } from '../terminal/record-list.ts';
import { parseTimeFlag } from '../time-flag.ts';

/** The parameters of the API by flag. */
const PARAMETERS = new Map([
  ['since', 'after'],
  ['before', 'before'],
  ['kind', 'kind'],
  ['actor', 'actor'],
  ['object', 'objectid'],
]);
const AUDIT_FLAGS: Record<string, FlagKind> = {
  ...Object.fromEntries([...PARAMETERS.keys(), 'limit'].map((name) => [name, 'string'] as const)),
  jsonl: 'boolean',
  csv: 'boolean',
};
const Filters = listAudit.parameters.omit({ limit: true, cursor: true }).strict();
const PAGE = 200;
const DEFAULT_LIMIT = 1_000;

/** `mig audit`: prints the audit trail, newest first, on a terminal wrapped. */
export async function auditCommand(args: readonly string[]): Promise<number> {
  const { options, query, limit, format } = parseAuditFlags(args, Date.now());
  const { api, output } = await openSession(options);
  const columns = process.stdout.isTTY ? textColumns(process.stdout) : undefined;
  // An entry for people has more than a table can show.
  const list =
    format === 'csv'
      ? createRecordList({ output, format, table: AUDIT_TABLE })
      : createLineList({ output, format, linesOf: (record) => auditLines(record, columns) });
  // One additional record shows whether the limit cut the trail.
  let count = 0;
  for await (const record of entries(api, readFilters(Filters, query), limit + 1)) {
    count++;
    if (count > limit) break;
    await list.add(record);
  }
  const odd = list.end();
  if (count === 0) output.note('nothing in the audit trail matches');
  // A name or id without entries is more often mistyped than new.
  if (count === 0 && (query.actor ?? query.objectid) !== undefined) return EXIT.refused;
  if (count > limit)
    output.note(
      `${limit === 1 ? 'only the latest entry' : `the latest ${limit} entries`}; -limit ${limit * 10} shows more`,
    );
  return odd > 0 ? EXIT.error : EXIT.ok;
}

/** Yields at most `max` entries that match, page by page. */
async function* entries(
  api: ApiClient,
  filters: z.output<typeof Filters>,
  max: number,
): AsyncGenerator<AuditRecord> {
  let left = max;
  let cursor: number | undefined;
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const page = { limit: size, ...(cursor !== undefined && { cursor }) };
    const { entries: records } = await api.call(listAudit, { ...filters, ...page });
    yield* records;
    left -= records.length;
    const last = records.at(-1);
    if (last === undefined || records.length < size) return;
    cursor = last.id;
  }
}

export function parseAuditFlags(
  args: readonly string[],
  nowMs: number,
): { options: GlobalOptions; query: Record<string, string>; limit: number; format: OutputFormat } {
  const { options, value, isOn } = parseCommandLine(args, {
    usage: USAGES.audit,
    flags: AUDIT_FLAGS,
    allowed: ['json'],
    words: [0, 0],
  });
  const query: Record<string, string> = {};
  for (const [name, parameter] of PARAMETERS) {
    const text = value(name);
    if (text !== undefined) query[parameter] = parseValue(name, text, nowMs);
  }
  const { after, before } = query;
  if (after !== undefined && before !== undefined && after >= before)
    throw new MigError('usage', `-since ${after} is not before -before ${before}`);
  const limit = value('limit');
  return {
    options,
    query,
    limit: limit === undefined ? DEFAULT_LIMIT : parseLimit(limit),
    format: readFormat({ options, isOn }),
  };
}

function parseValue(name: string, text: string, nowMs: number): string {
  if (name === 'kind') return requireOneOf('-kind', text, AUDIT_KINDS);
  return name === 'since' || name === 'before' ? parseTimeFlag(name, text, { nowMs, isAhead: false }) : text;
}
