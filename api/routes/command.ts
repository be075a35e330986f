import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { commandById } from '../../platform/postgres/queries/search/search.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toAction } from '../records/to-action.ts';
import { toCommand } from '../records/to-command.ts';

export function commandRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/command', requirePermission(deps, 'command'), async (c) => {
    const id = parseId('Command', 'commandid', readQuery(c, ['commandid']).commandid);
    const row = await commandById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Command ID '${id}' not found`);
    const command = toCommand(row, toAction(row.action));
    const links = [{ rel: 'action', href: recordHref(deps, 'action', row.action.id) }];
    return respond(c, [{ ...item(recordHref(deps, 'command', id), 'command', command), links }]);
  });
  return app;
}
