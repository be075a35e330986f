import { type Context, Hono } from 'hono';
import type { AgentCount, RemovedEndpoint, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { isQueueloc } from '../../contract/names.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { type AgentRow, agentById, removeEndpoint } from '../../platform/postgres/queries/agents/agents.ts';
import { countAgentsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm, readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toAgent } from '../records/to-agent.ts';

const MAX_FORM_BYTES = 4096;

/**
 * GET /agent (spec/api.md#investigator-endpoints), GET /agent/count, which counts the agents that an action with this
 * target would reach now, and POST /agent/remove/.
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
    const value = { count } satisfies Sent<typeof AgentCount>;
    return respond(c, [item(c.get('href'), 'count', value)]);
  });

  // Only for administrators: removing an endpoint that is merely silent would hide it from every search.
  app.post(
    '/agent/remove/',
    auditAs('endpoint_removed'),
    requirePermission(deps, 'investigator_update'),
    async (c) => {
      const queueloc = readQueueloc(c);
      const caller = auditCaller(deps, c);
      const { id, name, processes } = await auditedChange(deps, async (db) => {
        const removed = await removeProcesses(db, queueloc);
        const detail = { queueloc, name: removed.name, processes: removed.pids };
        return {
          entry: { ...caller, kind: 'endpoint_removed', outcome: 'done', objectId: removed.id, detail },
          result: { id: removed.id, name: removed.name, processes: removed.pids.length },
        };
      });
      const value = { queueloc, name, processes } satisfies Sent<typeof RemovedEndpoint>;
      return respond(c, [item(recordHref(deps, 'agent', id), 'removed endpoint', value)]);
    },
  );
  return app;
}

function readQueueloc(c: Context<ApiEnv>): string {
  const queueloc = readForm(c, MAX_FORM_BYTES).get('queueloc');
  if (queueloc !== undefined && isQueueloc(queueloc)) return queueloc;
  throw new MigError('parameter_invalid', 'queueloc: must be that of an endpoint');
}

/** Removes every process of an endpoint. Returns the id and name of the newest, and the pids of all. */
async function removeProcesses(
  db: Queryable,
  queueloc: string,
): Promise<Pick<AgentRow, 'id' | 'name'> & { pids: number[] }> {
  const removed = await removeEndpoint(db, queueloc);
  if (removed === 'alive') {
    throw new MigError('conflict', 'an agent of this endpoint is online: stop it there first');
  }
  const newest = removed === 'unknown' ? undefined : removed.at(-1);
  if (removed === 'unknown' || newest === undefined) {
    throw new MigError('not_found', 'no endpoint of this queueloc is in the fleet');
  }
  return { id: newest.id, name: newest.name, pids: removed.map(({ pid }) => pid) };
}
