import { Hono } from 'hono';
import { AUDIT_KINDS } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { type AuditFilters, searchAudit } from '../../platform/postgres/queries/audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { type Item, item } from '../http/envelope.ts';
import { parseId, parseLimit, parseTime } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { respond } from '../http/respond.ts';

const PARAMETERS = ['after', 'before', 'kind', 'actor', 'objectid', 'cursor', 'limit'];
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const MAX_ACTOR = 1_024;

/**
 * GET /audit: the audit trail, newest first, for investigators who may read investigators. A full page ends with the
 * address of the next one. Pages follow a cursor, so that new entries do not shift them.
 */
export function auditRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/audit', requirePermission(deps, 'investigator'), async (c) => {
    const filters = parseFilters(readQuery(c, PARAMETERS));
    const rows = await searchAudit(deps.pool, filters);
    const items = rows.map((row) => item(entryHref(deps, row.id), 'audit', row));
    const last = rows.at(-1);
    const isFull = rows.length === filters.limit;
    if (last && isFull) items.push(nextPage(c.get('href'), { cursor: last.id, limit: filters.limit }));
    return respond(c, items);
  });
  return app;
}

/** The address of the page that begins with the entry: an entry has none of its own. */
function entryHref({ config }: ApiDeps, id: number): string {
  return `${config.publicUrl}${BASE_ROUTE}/audit?cursor=${id + 1}&limit=1`;
}

function nextPage(href: string, { cursor, limit }: { cursor: number; limit: number }): Item {
  const next = new URL(href);
  next.searchParams.set('cursor', String(cursor));
  return item(href, 'pagination', { limit, next: next.href });
}

function parseFilters(query: Record<string, string>): AuditFilters {
  return {
    after: query.after ? parseTime('after', query.after) : undefined,
    before: query.before ? parseTime('before', query.before) : undefined,
    kind: query.kind ? parseKind(query.kind) : undefined,
    actor: query.actor ? parseActor(query.actor) : undefined,
    objectId: query.objectid === undefined ? undefined : parseId('Object', 'objectid', query.objectid),
    cursor: query.cursor === undefined ? undefined : parseId('Audit', 'cursor', query.cursor),
    limit: Math.min(MAX_LIMIT, parseLimit(query, DEFAULT_LIMIT)),
  };
}

function parseKind(text: string): string {
  if (AUDIT_KINDS.some((kind) => kind === text)) return text;
  throw new MigError('parameter_invalid', `kind: must be one of ${AUDIT_KINDS.join(', ')}`);
}

function parseActor(text: string): string {
  if (text.length <= MAX_ACTOR && !/\p{Cc}/u.test(text)) return text;
  throw new MigError('parameter_invalid', 'actor: is too long, or contains control characters');
}
