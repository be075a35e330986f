import * as routes from '../../contract/api/agents.ts';
import type { AgentCount, RemovedEndpoint, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { type AgentRow, agentById, removeEndpoint } from '../../platform/postgres/queries/agents/agents.ts';
import { countAgentsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toAgent } from '../records/to-agent.ts';
import { type Served, serve } from '../router/serve.ts';

/** Agents, and endpoints that are removed from the fleet. */
export function agentRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.getAgent, async ({ agentid: id }, c) => {
      const row = await agentById(deps.pool, id);
      if (!row) throw new MigError('not_found', `Agent ID '${id}' not found`);
      return respond(c, [item(recordHref(deps, 'agent', id), 'agent', toAgent(row))]);
    }),

    serve(deps, routes.countAgents, async ({ target }, c) => {
      const { namesStatus } = await checkTarget(target);
      const count = await countAgentsOfTarget(deps.targets, { target, namesStatus });
      const value = { count } satisfies Sent<typeof AgentCount>;
      return respond(c, [item(c.get('href'), 'count', value)]);
    }),

    serve(deps, routes.removeAgent, async ({ queueloc }, c) => {
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
    }),
  ];
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
