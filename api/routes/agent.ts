import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { agentById } from '../../platform/postgres/queries/agents.ts';
import { agentIdsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target.ts';
import { requirePermission } from '../authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { toAgent } from '../records.ts';
import { recordHref, respond } from '../respond.ts';
import { parseId, readQuery } from '../validate.ts';

/** The largest limit that the database takes. */
const EVERY = 2_147_483_647;

/** GET /agent (spec: agent), and GET /agent/count: how many agents an action with this target would reach now. */
export function agentRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/agent', requirePermission(deps, 'agent'), async (c) => {
    const id = parseId('Agent', 'agentid', c.req.query('agentid'));
    const row = await agentById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Agent ID '${id}' not found`);
    return respond(c, [item(recordHref(deps, 'agent', id), 'agent', toAgent(row))]);
  });
  app.get('/agent/count', requirePermission(deps, 'search'), async (c) => {
    const { target } = readQuery(c);
    if (!target) throw new MigError('parameter_invalid', 'target: missing');
    const { namesStatus } = await checkTarget(target);
    const ids = await agentIdsOfTarget(deps.targets, { target, namesStatus, limit: EVERY, offset: 0 });
    return respond(c, [item(c.get('href'), 'count', { count: ids.length })]);
  });
  return app;
}
