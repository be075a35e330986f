import * as routes from '../../contract/api/audit.ts';
import { searchAudit } from '../../platform/postgres/queries/audit.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { type Item, item } from '../http/envelope.ts';
import { respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';

/** The audit trail. Pages follow a cursor, so that new entries do not shift them. */
export function auditRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.listAudit, async ({ objectid: objectId, ...filters }, c) => {
      const rows = await searchAudit(deps.pool, { ...filters, objectId });
      const items = rows.map((row) => item(entryHref(deps, row.id), 'audit', row));
      const last = rows.at(-1);
      const isFull = rows.length === filters.limit;
      if (last && isFull) items.push(nextPage(c.get('href'), { cursor: last.id, limit: filters.limit }));
      return respond(c, items);
    }),
  ];
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
