import { type AgentNeed, MODULES_WITHOUT_LIST, UNSUPPORTED } from '../../../../contract/rules/agent-needs.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';

/** Ends the unpublished commands of a shard that their endpoints cannot run, in one statement. Returns their number. */
export async function endUnsupported(
  db: Queryable,
  { actionId, shard, shards }: { actionId: number; shard: number; shards: number },
  needs: readonly AgentNeed[],
): Promise<number> {
  const ofShard = `c.actionid = $6
      AND c.id % $7 = $8
      AND c.status = 'sent'
      AND c.publishedat IS NULL
      AND c.returnedat IS NULL`;
  const { rows } = await db.query(statement(ofShard), [...parametersOf(needs), actionId, shards, shard]);
  return rows.length;
}

/**
 * Ends those of some commands of one action that their endpoints cannot run. Returns all ids of such commands, also of
 * those that another worker ended before: none of them may be published.
 */
export async function endUnsupportedAmong(
  db: Queryable,
  ids: readonly number[],
  needs: readonly AgentNeed[],
): Promise<number[]> {
  const among = 'c.id = ANY ($6::numeric[])';
  const { rows } = await db.query<{ id: number }>(statement(among), [...parametersOf(needs), ids]);
  return rows.map(({ id }) => id);
}

function parametersOf(needs: readonly AgentNeed[]): unknown[] {
  const namesOf = (kind: AgentNeed['kind']) =>
    needs.filter((need) => need.kind === kind).map(({ name }) => name);
  return [
    toRecordset(needs.map((need, place) => ({ ...need, place }))),
    MODULES_WITHOUT_LIST,
    UNSUPPORTED,
    namesOf('module'),
    namesOf('capability'),
  ];
}

/** The process `a` is alive, and reads the queue of its endpoint. */
const IS_ALIVE = `a.status IN ('online', 'idle')`;
/** The list of modules in the last heartbeat of the process `a`. An empty one counts as absent. */
const MODULES = `coalesce(nullif((a.environment -> 'modules')::jsonb, '[]'), to_jsonb($2::text[]))`;

/**
 * Every live process of an endpoint must have announced every need, because any of them may take the command from the
 * queue. If none is alive, the process counts that the command was made for.
 *
 * Subqueries that cannot be merged are one look-up for each command. Just after an action was resolved, the planner does
 * not know its commands yet, and a join would read all agents for every page.
 */
function statement(condition: string): string {
  return `
  WITH need AS MATERIALIZED (
    SELECT place, kind, name, text
    FROM jsonb_to_recordset($1) AS need (
      place integer,
      kind text,
      name text,
      text text
    )
  ), due AS (
    SELECT c.id, c.queueloc, c.agentid, c.topid
    FROM commands c
    WHERE ${condition}
  ), lacking AS MATERIALIZED (
    SELECT due.id, verdict.missing
    FROM due
    CROSS JOIN LATERAL (
      SELECT CASE
        WHEN bool_or(${IS_ALIVE}) THEN max(lack.missing) FILTER (WHERE ${IS_ALIVE})
        ELSE max(lack.missing)
      END AS missing
      FROM agents a
      CROSS JOIN LATERAL (
        SELECT ${MODULES} AS modules
        OFFSET 0
      ) announced
      CROSS JOIN LATERAL (
        SELECT CASE
          WHEN announced.modules ?& $4::text[] AND a.capabilities @> $5::text[] THEN NULL
          ELSE (
            SELECT string_agg(need.text, ', ' ORDER BY need.place)
            FROM need
            WHERE CASE need.kind
              WHEN 'module' THEN NOT announced.modules ? need.name
              ELSE NOT need.name = ANY (a.capabilities)
            END
          )
        END AS missing
        OFFSET 0
      ) lack
      WHERE a.queueloc = due.queueloc
        AND CASE
          WHEN due.topid IS NULL THEN ${IS_ALIVE} OR a.id = due.agentid
          ELSE a.pid = due.topid
        END
    ) verdict
    WHERE verdict.missing IS NOT NULL
  ), ended AS (
    UPDATE commands c
    SET
      status = 'failed',
      finishtime = now(),
      hasmatches = false,
      hasfailed = true,
      haserrors = true,
      results = json_build_array(json_build_object(
        'foundanything', false,
        'success', false,
        'elements', null,
        'statistics', null,
        'errors', json_build_array($3::text || l.missing)
      ))
    FROM lacking l
    WHERE c.id = l.id
      AND c.status = 'sent'
      AND c.publishedat IS NULL
  )
  SELECT id
  FROM lacking`;
}
