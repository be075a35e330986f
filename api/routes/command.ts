import * as routes from '../../contract/api/commands.ts';
import { MigError } from '../../contract/errors.ts';
import { commandById } from '../../platform/postgres/queries/search/search.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toAction } from '../records/to-action.ts';
import { toCommand } from '../records/to-command.ts';
import { type Served, serve } from '../router/serve.ts';

export function commandRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.getCommand, async ({ commandid: id }, c) => {
      const row = await commandById(deps.pool, id);
      if (!row) throw new MigError('not_found', `Command ID '${id}' not found`);
      const command = toCommand(row, toAction(row.action));
      const links = [{ rel: 'action', href: recordHref(deps, 'action', row.action.id) }];
      return respond(c, [{ ...item(recordHref(deps, 'command', id), 'command', command), links }]);
    }),
  ];
}
