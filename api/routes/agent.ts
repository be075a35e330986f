import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { isQueueloc } from '../../contract/names.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { agentById, removeEndpoint } from '../../platform/postgres/queries/agents.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import { countAgentsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { type AuditCaller, auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { logAudit } from '../audit/log-audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm, readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toAgent } from '../records/to-agent.ts';

const MAX_FORM_BYTES = 4096;

/**
 * GET /agent (spec/api.md#investigator-endpoints), and GET /agent/count: how many agents an action with this target
 * would reach now.
 */
export function agentRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/agent', requirePermission(deps, 'agent'), async (c) => {
    const id = parseId('Agent', 'agentid', readQuery(c, ['agentid']).agentid);
    const row = await agentById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Agent ID '${id}' not found`);
    return respond(c, [item(recordHref(deps, 'agent', id), 'agent', toAgent(row))]);
  });
  app.get('/agent/count', requirePermission(deps, 'search'), async (c) => {
    const { target } = readQuery(c, ['target']);
    if (!target) throw new MigError('parameter_invalid', 'target: missing');
    const { namesStatus } = await checkTarget(target);
    const count = await countAgentsOfTarget(deps.targets, { target, namesStatus });
    return respond(c, [item(c.get('href'), 'count', { count })]);
  });
  // An administrator's: whoever hides an endpoint that is only silent keeps it from every search.
  app.post(
    '/agent/remove/',
    auditAs('endpoint_removed'),
    requirePermission(deps, 'investigator_update'),
    async (c) => {
      const queueloc = readForm(c, MAX_FORM_BYTES).get('queueloc') ?? '';
      if (!isQueueloc(queueloc))
        throw new MigError('parameter_invalid', 'queueloc: must be that of an endpoint');
      const { id, name, processes } = await remove(deps, auditCaller(deps, c), queueloc);
      const value = { queueloc, name, processes };
      return respond(c, [item(recordHref(deps, 'agent', id), 'removed endpoint', value)]);
    },
  );
  return app;
}

async function remove(
  { pool, log }: ApiDeps,
  caller: AuditCaller,
  queueloc: string,
): Promise<{ id: number; name: string; processes: number }> {
  const { newest, entry, processes } = await inTransaction(pool, async (db) => {
    const removed = await removeEndpoint(db, queueloc);
    if (removed === 'alive')
      throw new MigError('conflict', 'an agent of this endpoint is online: stop it there first');
    const newest = removed === 'unknown' ? undefined : removed.at(-1);
    if (removed === 'unknown' || newest === undefined)
      throw new MigError('not_found', 'no endpoint of this queueloc is in the fleet');
    const entry = {
      ...caller,
      kind: 'endpoint_removed' as const,
      outcome: 'done' as const,
      objectId: newest.id,
      detail: { queueloc, name: newest.name, processes: removed.map(({ pid }) => pid) },
    };
    await recordAudit(db, [entry]);
    return { newest, entry, processes: removed.length };
  });
  logAudit(log, [entry]);
  return { id: newest.id, name: newest.name, processes };
}
