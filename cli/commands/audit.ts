import { AUDIT_KINDS, AuditRecord } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import type { ApiClient } from '../api/api-client.ts';
import { parseCommandLine, requireOneOf } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import type { GlobalOptions } from '../options.ts';
import { parseLimit } from '../search/parse-limit.ts';
import { openSession } from '../session.ts';
import { auditLines } from '../terminal/audit-line.ts';
import { textColumns } from '../terminal/output.ts';
import { parseTimeFlag } from '../time-flag.ts';

/** The parameters of the API by flag. */
const PARAMETERS = new Map([
  ['since', 'after'],
  ['before', 'before'],
  ['kind', 'kind'],
  ['actor', 'actor'],
  ['object', 'objectid'],
]);
const AUDIT_FLAGS: Record<string, FlagKind> = Object.fromEntries(
  [...PARAMETERS.keys(), 'limit'].map((name) => [name, 'string']),
);
const WithId = AuditRecord.pick({ id: true });
const PAGE = 200;
const DEFAULT_LIMIT = 1_000;

/** `mig audit`: prints the audit trail, newest first, on a terminal wrapped; with `--json` one JSON object per line. */
export async function auditCommand(args: readonly string[]): Promise<number> {
  const { options, query, limit } = parseAuditFlags(args, Date.now());
  const { api, output } = await openSession(options);
  // One additional record shows whether the limit cut the trail.
  const columns = process.stdout.isTTY ? textColumns(process.stdout) : undefined;
  let count = 0;
  for await (const record of entries(api, query, limit + 1)) {
    count++;
    if (count > limit) break;
    if (options.json) output.json(JSON.stringify(record));
    else for (const line of auditLines(record, columns)) output.answer(line);
  }
  if (count === 0 && !options.json) output.note('nothing in the audit trail matches');
  // A name or id without entries is more often mistyped than new.
  if (count === 0 && (query.actor ?? query.objectid) !== undefined) return EXIT.refused;
  if (count > limit)
    output.note(
      `${limit === 1 ? 'only the latest entry' : `the latest ${limit} entries`}; -limit ${limit * 10} shows more`,
    );
  return EXIT.ok;
}

/** Yields at most `max` entries that match, page by page. */
async function* entries(api: ApiClient, query: Record<string, string>, max: number): AsyncGenerator<unknown> {
  let left = max;
  let cursor: string | undefined;
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const params = new URLSearchParams({ ...query, limit: String(size) });
    if (cursor !== undefined) params.set('cursor', cursor);
    const items = await api.list(`audit?${params}`);
    const records = items.filter(({ name }) => name === 'audit').map(({ value }) => value);
    yield* records;
    left -= records.length;
    const last = WithId.safeParse(records.at(-1));
    if (!last.success || records.length < size) return;
    cursor = String(last.data.id);
  }
}

export function parseAuditFlags(
  args: readonly string[],
  nowMs: number,
): { options: GlobalOptions; query: Record<string, string>; limit: number } {
  const { options, value } = parseCommandLine(args, {
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
  return { options, query, limit: limit === undefined ? DEFAULT_LIMIT : parseLimit(limit) };
}

function parseValue(name: string, text: string, nowMs: number): string {
  if (name === 'kind') return requireOneOf('-kind', text, AUDIT_KINDS);
  return name === 'since' || name === 'before' ? parseTimeFlag(name, text, { nowMs, isAhead: false }) : text;
}
