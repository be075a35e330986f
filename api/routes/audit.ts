import { Hono } from 'hono';
import { AUDIT_KINDS } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { type AuditFilters, searchAudit } from '../../platform/postgres/queries/audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseLimit, parseTime } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { respond } from '../http/respond.ts';

const PARAMETERS = ['after', 'before', 'kind', 'actor', 'objectid', 'cursor', 'limit'];
const MAX_LIMIT = 1_000;
const MAX_ACTOR = 1_024;

/**
 * GET /audit: the trail, newest first, for those who may read investigators. A full page ends with an item `pagination`
 * whose `next` is the address of the page after it; what is added meanwhile moves nothing.
 */
export function auditRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/audit', requirePermission(deps, 'investigator'), async (c) => {
    const filters = parseAuditQuery(readQuery(c, PARAMETERS));
    const rows = await searchAudit(deps.pool, filters);
    const items = rows.map((row) =>
      item(`${deps.config.publicUrl}${BASE_ROUTE}/audit?cursor=${row.id + 1}&limit=1`, 'audit', row),
    );
    const last = rows.at(-1);
    if (last !== undefined && rows.length === filters.limit) {
      const next = new URL(c.get('href'));
      next.searchParams.set('cursor', String(last.id));
      items.push(item(c.get('href'), 'pagination', { limit: filters.limit, next: next.href }));
    }
    return respond(c, items);
  });
  return app;
}

function parseAuditQuery(query: Record<string, string>): AuditFilters {
  return {
    after: query.after ? parseTime('after', query.after) : undefined,
    before: query.before ? parseTime('before', query.before) : undefined,
    kind: parseKind(query.kind),
    actor: parseActor(query.actor),
    objectId: query.objectid === undefined ? undefined : parseId('Object', 'objectid', query.objectid),
    cursor: query.cursor === undefined ? undefined : parseId('Audit', 'cursor', query.cursor),
    limit: Math.max(1, Math.min(MAX_LIMIT, parseLimit(query, 100))),
  };
}

function parseKind(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const kind = AUDIT_KINDS.find((candidate) => candidate === text);
  if (kind === undefined)
    throw new MigError('parameter_invalid', `kind: must be one of ${AUDIT_KINDS.join(', ')}`);
  return kind;
}

function parseActor(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.length > MAX_ACTOR || /\p{Cc}/u.test(text))
    throw new MigError('parameter_invalid', 'actor: is too long, or contains control characters');
  return text;
}
