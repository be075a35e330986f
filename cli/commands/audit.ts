import { AUDIT_KINDS, AuditRecord } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import { toTimestamp } from '../../contract/go/time.ts';
import type { ApiClient } from '../api/api-client.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';
import { auditLines } from '../terminal/audit-line.ts';
import { textColumns } from '../terminal/output.ts';

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
  const { options, rest } = parseGlobalOptions(args, { flags: AUDIT_FLAGS, allowed: ['json'] });
  const { query, limit } = parseAuditFlags(rest, Date.now());
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
): { query: Record<string, string>; limit: number } {
  const query: Record<string, string> = {};
  let limit: number | undefined;
  const words = [...args];
  while (words[0] !== undefined) {
    const word = words[0];
    words.shift();
    const [, name, inline] = /^--?([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    const parameter = name === undefined ? undefined : PARAMETERS.get(name);
    if (name !== 'limit' && parameter === undefined)
      throw new MigError('usage', `unexpected word ${JSON.stringify(word)}; ${USAGES.audit}`);
    const value = inline ?? words.shift();
    if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}; ${USAGES.audit}`);
    const isGiven = parameter === undefined ? limit !== undefined : query[parameter] !== undefined;
    if (isGiven) throw new MigError('usage', `-${name} is given twice; ${USAGES.audit}`);
    if (parameter === undefined) limit = parseLimit(value);
    else query[parameter] = parseValue(parameter, { name, value, nowMs });
  }
  const { after, before } = query;
  if (after !== undefined && before !== undefined && after >= before)
    throw new MigError('usage', `-since ${after} is not before -before ${before}`);
  return { query, limit: limit ?? DEFAULT_LIMIT };
}

function parseValue(
  parameter: string,
  { name, value, nowMs }: { name: string | undefined; value: string; nowMs: number },
): string {
  if (parameter === 'kind') return parseKind(value);
  if (parameter !== 'after' && parameter !== 'before') return value;
  const time = parseTime(value, nowMs);
  if (time !== undefined) return time;
  throw new MigError('usage', `-${name} must be a duration, such as 24h, or an RFC 3339 time`);
}

function parseKind(text: string): string {
  if (AUDIT_KINDS.some((kind) => kind === text)) return text;
  throw new MigError('usage', `-kind must be one of ${AUDIT_KINDS.join(', ')}`);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit) || limit === 0)
    throw new MigError('usage', '-limit must be a whole number, 1 or more');
  return limit;
}

/** A time, or a duration back from now. */
function parseTime(text: string, nowMs: number): string | undefined {
  const backMs = parseDurationMs(text);
  if (backMs === undefined) return toTimestamp(text);
  const date = new Date(nowMs - backMs);
  return Number.isNaN(date.getTime()) ? undefined : toTimestamp(date.toISOString());
}
