import { AUDIT_KINDS, AuditRecord } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import { toTimestamp } from '../../contract/go/time.ts';
import type { ApiClient } from '../api/api-client.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';

/** The flags, and the parameters of the API that they become. */
const FLAGS: Record<string, string> = {
  since: 'after',
  before: 'before',
  kind: 'kind',
  actor: 'actor',
  object: 'objectid',
};
const AUDIT_FLAGS: Record<string, FlagKind> = Object.fromEntries(
  [...Object.keys(FLAGS), 'limit'].map((name) => [name, 'string']),
);
const WithId = AuditRecord.pick({ id: true });
const PAGE = 200;
const DEFAULT_LIMIT = 1_000;

/** `mig audit`: who did what, newest first, one line each; with `--json` one JSON object a line. */
export async function auditCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { flags: AUDIT_FLAGS, takes: ['json'] });
  const { query, limit } = parseAuditFlags(rest, Date.now());
  const { api, output } = await openSession(options);
  let count = 0;
  let cursor: string | undefined;
  let isCut = false;
  while (count < limit) {
    const size = Math.min(PAGE, limit - count);
    const params = new URLSearchParams({ ...query, limit: String(size) });
    if (cursor !== undefined) params.set('cursor', cursor);
    const items = await api.list(`audit?${params}`);
    const records = items.filter(({ name }) => name === 'audit').map(({ value }) => value);
    for (const record of records) {
      if (options.json) output.json(JSON.stringify(record));
      else output.answer(auditLine(record));
    }
    count += records.length;
    const last = WithId.safeParse(records.at(-1));
    if (!last.success || records.length < size) break;
    cursor = String(last.data.id);
    isCut = count === limit && (await hasMore(api, query, cursor));
  }
  if (count === 0 && !options.json) output.say('nothing in the audit trail matches');
  // A name or number that no entry has is more often mistyped than new.
  if (count === 0 && (query.actor ?? query.objectid) !== undefined) return EXIT.refused;
  if (isCut) output.say(`the latest ${limit} entries; -limit ${limit * 10} shows more`);
  return EXIT.ok;
}

async function hasMore(api: ApiClient, query: Record<string, string>, cursor: string): Promise<boolean> {
  const items = await api.list(`audit?${new URLSearchParams({ ...query, cursor, limit: '1' })}`);
  return items.some(({ name }) => name === 'audit');
}

export function parseAuditFlags(
  args: readonly string[],
  nowMs: number,
): { query: Record<string, string>; limit: number } {
  const query: Record<string, string> = {};
  const given = new Set<string>();
  let limit = DEFAULT_LIMIT;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const [, name = '', inline] = /^--?([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    const value = inline ?? args[++i];
    if (!Object.hasOwn(AUDIT_FLAGS, name))
      throw new MigError('usage', `unexpected word ${JSON.stringify(word)}; ${USAGES.audit}`);
    if (value === undefined) throw new MigError('usage', `flag needs an argument: -${name}; ${USAGES.audit}`);
    if (given.has(name)) throw new MigError('usage', `-${name} is given twice; ${USAGES.audit}`);
    given.add(name);
    if (name === 'limit') limit = parseLimit(value);
    else if (name === 'since' || name === 'before') query[FLAGS[name] ?? ''] = parseTime(name, value, nowMs);
    else query[FLAGS[name] ?? ''] = name === 'kind' ? parseKind(value) : value;
  }
  if (query.after !== undefined && query.before !== undefined && query.after >= query.before)
    throw new MigError('usage', `-since ${query.after} is not before -before ${query.before}`);
  return { query, limit };
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

function parseTime(name: string, text: string, nowMs: number): string {
  const backMs = parseDurationMs(text);
  const time = backMs === undefined ? toTimestamp(text) : before(nowMs, backMs);
  if (time === undefined)
    throw new MigError('usage', `-${name} must be a duration, such as 24h, or an RFC 3339 time`);
  return time;
}

function before(nowMs: number, backMs: number): string | undefined {
  const date = new Date(nowMs - backMs);
  return Number.isNaN(date.getTime()) ? undefined : toTimestamp(date.toISOString());
}

function auditLine(value: unknown): string {
  const parsed = AuditRecord.safeParse(value);
  if (!parsed.success) return `record of unknown shape: ${JSON.stringify(value)}`;
  const record = parsed.data;
  const { at, kind, outcome, objectid, times, detail } = record;
  const who = record.actor ?? record.fingerprint ?? 'unknown';
  const key = record.fingerprint === null || record.actor === null ? '' : ` (${record.fingerprint})`;
  const where = record.address === null ? record.source : `${record.source} ${record.address}`;
  const what = objectid === null ? kind : `${kind} ${objectid}`;
  return [
    at,
    outcome.padEnd(WIDTHS.outcome),
    what.padEnd(WIDTHS.what),
    `by ${who}${key}${record.isproven ? '' : ' [unproven]'}`,
    `from ${where}`,
    ...(times === 1 ? [] : [`${times} times`]),
    ...Object.entries(detail).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ].join('  ');
}

/** The longest outcome, and the kinds of most lines with the id of an action behind them. */
const WIDTHS = { outcome: 7, what: 22 } as const;
